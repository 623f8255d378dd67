"""What a request means for its team, and that the page promises what the request then gets."""

import html
import re

import pytest

from portal.db.people import Team
from portal.operations.forecast import forecast
from tests.portal.people import SERVICE


@pytest.fixture
def ahead(portal):
    def ask(usd_day, gpus, **more):
        with portal.deps.database.reading() as session:
            return forecast(session, session.get_one(Team, "search"), usd_day, gpus, **more)

    return ask


def test_a_new_service_comes_on_top(portal, ahead):
    portal.deployed()
    found = ahead(29.63, 1)
    assert (found.usd_before, found.usd_after) == (29.63, pytest.approx(59.26))
    assert (found.gpus_before, found.gpus_after, found.gpu_quota) == (1, 2, 4)
    assert "above the team's budget of 40.00" in found.approval


def test_a_changed_service_comes_instead_of_itself(portal, ahead):
    service = portal.deployed()["id"]
    found = ahead(10.0, 1, service_id=service)
    assert (found.usd_after, found.gpus_after, found.approval) == (10.0, 1, None)


def test_an_unknown_cost_needs_an_approver(portal, ahead):
    assert ahead(None, 1).approval == "its cost is not known"


def test_what_is_being_applied_counts_so_the_page_promises_what_the_request_gets(portal):
    first = portal.rosa.ask().json()["change"]
    portal.work()
    portal.runner.hold = True
    portal.rosa.post(f"/changes/{first}/apply")
    portal.work()
    assert portal.rosa.get(f"/changes/{first}").json()["status"] == "applying"
    form = {name: str(value) for name, value in SERVICE.items() if name != "weights"} | {"name": "second"}
    page = portal.browser("rosa").get("/ask/proposal", params=form | {"size_gib": "7.5", "replicas": "1"}).text
    promised = re.search(r"An approver must agree:</strong> (.+ US dollars a day is above .+)\.</p>", page)[1]
    assert "2 GPUs of a quota of 4" in page
    asked = portal.rosa.ask(name="second").json()["change"]
    portal.work()
    needed = portal.rosa.get(f"/changes/{asked}").json()["needs_approval"]
    assert html.unescape(promised) == needed


def test_a_team_that_is_not_there_has_no_forecast(portal):
    page = portal.browser("root").get("/ask/proposal", params={**SERVICE, "team": "none", "weights": ""})
    assert (page.status_code, "What it means for" in page.text) == (200, False)
