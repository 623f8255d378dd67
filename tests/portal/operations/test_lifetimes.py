"""Extending never shortens; ending earlier is an action of its own."""

from datetime import timedelta

import pytest

from portal.clock import now
from portal.db.work import Service
from tests.portal.people import Portal


def ends_in(portal: Portal, service: str) -> float:
    """Hours until its end."""
    found = portal.service(service).expires_at
    assert found is not None
    return (found - now()).total_seconds() / 3600


def test_a_shorter_life_is_refused_and_nothing_changes(either: Portal):
    service = either.deployed()["id"]
    before = either.service(service).expires_at
    answer = either.rosa.post(f"/services/{service}/extend", hours=1)
    assert answer.status_code == 409
    assert (
        "extending never shortens the time to live. Request 72 hours or more, or use End earlier"
        in answer.json()["detail"]
    )
    assert either.service(service).expires_at == before


def test_more_hours_come_on_top_and_twice_is_more(portal: Portal):
    service = portal.deployed()["id"]
    for wanted in (96, 120):
        assert portal.rosa.post(f"/services/{service}/extend", more_hours=24).status_code == 200
        assert ends_in(portal, service) == pytest.approx(wanted, abs=0.1)
    assert portal.rosa.post(f"/services/{service}/extend", hours=121).status_code == 200
    noted = [one.detail for one in portal.audit() if one.action == "service.extend"]
    assert len(noted) == 3
    assert all(" UTC to " in detail for detail in noted)


def test_more_hours_of_a_life_that_is_over_begin_now(portal: Portal):
    service = portal.deployed()["id"]
    with portal.deps.database.session() as session:
        session.get_one(Service, service).expires_at = now() - timedelta(hours=30)
    assert portal.rosa.post(f"/services/{service}/extend", more_hours=24).status_code == 200
    assert ends_in(portal, service) == pytest.approx(24, abs=0.1)


@pytest.mark.parametrize(
    ("body", "told"), [({"hours": 721}, "hours: is 721: 720 at most"), ({"more_hours": 649}, "720 at most together")]
)
def test_the_longest_life_holds_either_way(portal: Portal, body: dict, told: str):
    service = portal.deployed()["id"]
    answer = portal.rosa.post(f"/services/{service}/extend", **body)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text
    assert ends_in(portal, service) == pytest.approx(72, abs=0.1)


@pytest.mark.parametrize("body", [{}, {"hours": 100, "more_hours": 24}, {"hours": 0}, {"more_hours": -24}])
def test_one_way_to_say_it(portal: Portal, body: dict):
    service = portal.deployed()["id"]
    assert portal.rosa.post(f"/services/{service}/extend", **body).status_code == 422


def test_an_earlier_end_takes_the_name_and_is_noted(portal: Portal):
    service = portal.deployed()["id"]
    wrong = portal.rosa.post(f"/services/{service}/end-earlier", hours=5, confirm="quen")
    assert (wrong.status_code, "type the service's name, qwen" in wrong.json()["detail"]) == (422, True)
    later = portal.rosa.post(f"/services/{service}/end-earlier", hours=100, confirm="qwen")
    assert (later.status_code, "use Extend" in later.json()["detail"]) == (409, True)
    assert ends_in(portal, service) == pytest.approx(72, abs=0.1)
    assert portal.vera.post(f"/services/{service}/end-earlier", hours=5, confirm="qwen").status_code == 403
    assert portal.rosa.post(f"/services/{service}/end-earlier", hours=5, confirm="qwen").status_code == 200
    assert ends_in(portal, service) == pytest.approx(5, abs=0.1)
    assert "service.end-earlier" in [one.action for one in portal.audit()]


def test_the_page_offers_days_on_top_and_what_is_left_at_least(portal: Portal):
    service = portal.deployed(ttl_hours=600)["id"]
    page = portal.browser("rosa").get(f"/services/{service}").text
    assert 'name="hours" type="number" required min="600" max="720" value="624"' in page
    assert 'value="24" aria-label="Extend by 1 day"' in page
    assert 'value="168" disabled aria-label="Extend by 7 days"' in page
    assert portal.rosa.post(f"/services/{service}/extend", hours=720).status_code == 200
    page = portal.browser("rosa").get(f"/services/{service}").text
    assert "It has the longest life the portal allows, 720 hours" in page
