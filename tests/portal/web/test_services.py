"""The page of a service whose settings this version of the program refuses, and of one whose team is locked."""

from typing import Any

import pytest

from portal.db.work import Service
from tests.portal.people import Portal

REFUSED = {"autoscale": {"min": 1, "max": 2, "queue_per_replica": 0.0001}}


@pytest.fixture
def old(portal: Portal) -> dict[str, Any]:
    """A service that an earlier version deployed."""
    service = portal.deployed()
    with portal.deps.database.session() as session:
        session.get_one(Service, service["id"]).spec = {**service["settings"], **REFUSED}
    return service


def test_its_page_says_what_is_refused_and_leads_to_the_form(portal: Portal, old: dict[str, Any]) -> None:
    browser = portal.browser("rosa")
    page = browser.get(f"/services/{old['id']}")
    assert page.status_code == 200
    assert "autoscale.queue_per_replica: is 0.0001: 0.001 at least" in page.text
    assert f"/services/{old['id']}/edit" in page.text
    assert browser.get(f"/services/{old['id']}/edit").status_code == 200


def test_its_pods_and_the_form_of_an_unknown_kind(portal: Portal, old: dict[str, Any]) -> None:
    assert portal.rosa.get(f"/services/{old['id']}/pods").status_code == 200
    with portal.deps.database.session() as session:
        session.get_one(Service, old["id"]).spec = {**old["settings"], "kind": "gone"}
    browser = portal.browser("rosa")
    assert browser.get(f"/services/{old['id']}").status_code == 200
    answer = browser.get(f"/services/{old['id']}/edit")
    assert answer.status_code == 409
    assert "kind: is 'gone'" in answer.text.replace("&#39;", "'")


def test_it_and_what_is_beside_it_can_be_destroyed(portal: Portal) -> None:
    """Jobs of its stack start: the program that Pulumi runs has the last word on what it takes."""
    services = [portal.deployed(name=name) for name in ("beside", "qwen")]
    with portal.deps.database.session() as session:
        session.get_one(Service, services[1]["id"]).spec = {**services[1]["settings"], **REFUSED}
    for service in services:
        portal.deployed_change(f"/services/{service['id']}/destroy", confirm=service["name"])
        assert portal.service(service["id"]).status == "gone"


def test_a_locked_team_is_offered_only_what_it_may(portal: Portal) -> None:
    """A check for drift changes nothing; every other button of the page would be refused."""
    service, browser = portal.deployed()["id"], portal.browser("rosa")
    verbs = ("scale", "extend", "end-earlier", "destroy")
    before = browser.get(f"/services/{service}").text
    portal.root.post("/teams/search/lock", reason="review")
    locked = browser.get(f"/services/{service}").text
    assert [f'action="/services/{service}/{verb}"' in before for verb in verbs] == [True] * len(verbs)
    assert [f'action="/services/{service}/{verb}"' in locked for verb in verbs] == [False] * len(verbs)
    assert f'action="/services/{service}/drift"' in locked
