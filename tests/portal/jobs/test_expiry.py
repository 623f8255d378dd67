"""The end the portal itself asks for: not of what was given more time, nor of a locked team's, and not once an hour."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from portal.clock import now
from portal.db.work import Change, Service
from tests.portal.people import Portal

REFUSAL = {"policy": "p", "level": "mandatory", "resource": "r", "message": "m"}


def expire(portal: Portal, *services: dict[str, Any]) -> None:
    with portal.deps.database.session() as session:
        for service in services:
            session.get_one(Service, service["id"]).expires_at = now() - timedelta(minutes=1)
    look(portal)


def look(portal: Portal) -> None:
    portal.deps.dispatcher.chores[0]._next = None
    portal.work(1)


def ends(portal: Portal) -> list[Change]:
    """What the portal itself asked for, oldest first."""
    with portal.deps.database.reading() as session:
        found = session.query(Change).filter(Change.requested_by.is_(None)).order_by(Change.created_at)
        return list(found)


def extend(portal: Portal, service: dict[str, Any]) -> None:
    assert portal.rosa.post(f"/services/{service['id']}/extend", hours=50).status_code == 200


def given_more_time(portal: Portal, service: dict[str, Any]) -> bool:
    end = ends(portal)[-1]
    told = "qwen was given more time, so the portal does not destroy it"
    return (end.status, end.error, portal.service(service["id"]).status) == ("withdrawn", told, "running")


def refused_to_end(portal: Portal) -> dict:
    """A service whose time ran out, and whose end the guardrails refused once."""
    service = portal.deployed()
    portal.runner.findings = [REFUSAL]
    expire(portal, service)
    portal.work()
    portal.runner.findings = []
    return service


def test_more_time_during_the_preview_of_the_end_holds_it_off(either: Portal):
    service = either.deployed()
    either.runner.hold = True
    expire(either, service)
    either.work(1)
    extend(either, service)
    either.runner.hold = False
    either.runner.release()
    either.work()
    assert given_more_time(either, service)
    assert "qwen" in either.runner.stacks["dev-search"].services


def test_more_time_while_the_end_waits_for_its_turn_holds_it_off(build: Callable[..., Portal], sqlite_url: str):
    portal = build(sqlite_url, parallel_jobs=1)
    service = portal.deployed()
    portal.runner.hold = True
    expire(portal, service)
    portal.work(1)
    portal.otto.ask(team="support")
    portal.runner.release()
    portal.work(1)
    assert ends(portal)[-1].status == "applying"
    extend(portal, service)
    portal.runner.hold = False
    portal.runner.release()
    portal.work()
    assert given_more_time(portal, service)


def test_the_page_offers_more_time_while_a_change_is_open(portal: Portal):
    service = portal.deployed()
    portal.rosa.post(f"/services/{service['id']}/scale", replicas=2)
    page = portal.browser("rosa").get(f"/services/{service['id']}").text
    assert f'action="/services/{service["id"]}/extend"' in page
    assert f'action="/services/{service["id"]}/scale"' not in page


def test_nobody_previews_the_portals_own_end_again(portal: Portal):
    service = portal.deployed()
    portal.runner.findings = [REFUSAL]
    expire(portal, service)
    portal.work()
    extend(portal, service)
    portal.runner.findings = []
    end = ends(portal)[-1].id
    answer = portal.rosa.post(f"/changes/{end}/preview")
    assert answer.status_code == 409
    assert "extend qwen, or request its destroy yourself" in answer.json()["detail"]
    portal.work()
    assert portal.service(service["id"]).status == "running"
    assert "Preview again" not in portal.browser("rosa").get(f"/changes/{end}").text


def test_the_services_of_a_locked_team_run_on_until_it_is_unlocked(portal: Portal):
    service = portal.deployed()
    portal.adam.post("/teams/search/lock", reason="audit")
    expire(portal, service)
    portal.work()
    assert (ends(portal), portal.service(service["id"]).status) == ([], "running")
    portal.adam.post("/teams/search/unlock")
    look(portal)
    portal.work()
    assert portal.service(service["id"]).status == "gone"


def test_a_lock_during_the_preview_of_the_end_holds_it_off(portal: Portal):
    service = portal.deployed()
    portal.runner.hold = True
    expire(portal, service)
    portal.work(1)
    portal.adam.post("/teams/search/lock", reason="audit")
    portal.runner.hold = False
    portal.runner.release()
    portal.work()
    assert (ends(portal)[-1].status, portal.service(service["id"]).status) == ("withdrawn", "running")
    assert "team search is locked: audit" in ends(portal)[-1].error
    portal.adam.post("/teams/search/unlock")
    look(portal)
    portal.work()
    assert portal.service(service["id"]).status == "gone", "nothing failed, so there is no hour to wait"


def test_services_of_one_stack_that_end_together_end_one_after_the_other(portal: Portal):
    portal.root.put("/teams/search/limits", gpu_quota=4, service_quota=3, budget_usd_day=1000)
    services = [portal.deployed(name=name) for name in ("one", "two", "three")]
    expire(portal, *services)
    for _ in services:
        portal.work(8)
        look(portal)
    assert {portal.service(service["id"]).status for service in services} == {"gone"}
    assert "stale" in {end.status for end in ends(portal)}


def test_a_persons_own_end_stands_while_the_portals_failed(portal: Portal):
    service = refused_to_end(portal)
    own = portal.rosa.post(f"/services/{service['id']}/destroy", confirm="qwen").json()["change"]
    portal.work()
    look(portal)
    assert portal.rosa.get(f"/changes/{own}").json()["status"] == "previewed"
    assert portal.rosa.post(f"/changes/{own}/apply").status_code == 202
    portal.work()
    assert portal.service(service["id"]).status == "gone"


def test_a_request_is_not_given_up_before_the_portal_tries_again(portal: Portal):
    service = refused_to_end(portal)
    change = portal.rosa.post(f"/services/{service['id']}/scale", replicas=1).json()["change"]
    portal.work()
    look(portal)
    assert portal.rosa.get(f"/changes/{change}").json()["status"] == "previewed"


def test_a_persons_end_that_nobody_applies_gives_way_in_time(portal: Portal):
    service = portal.deployed()
    own = portal.rosa.post(f"/services/{service['id']}/destroy", confirm="qwen").json()["change"]
    portal.work()
    with portal.deps.database.session() as session:
        session.get_one(Change, own).created_at = now() - timedelta(hours=2)
    expire(portal, service)
    portal.work()
    assert portal.rosa.get(f"/changes/{own}").json()["status"] == "withdrawn"
    assert portal.service(service["id"]).status == "gone"
