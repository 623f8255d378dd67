"""Limits of a team at the gateway are a change: previewed, approved where they allow more, written on top of what was seen."""

import html
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.store import tenants, usage
from gateway.store.limits import Limits
from gateway.store.table import Table
from portal.db.work import Change
from settings.derived.gateway.facts import gateway_facts
from settings.derived.platform_facts import FACTS_EXPORT
from settings.models.gateway import GatewayLimits, GatewaySettings
from tests.portal.fakes import FACTS
from tests.portal.people import Portal

LIMITS = "/gateways/dev/teams/search/limits"


def ask(portal: Portal, **limits: Any) -> dict[str, Any]:
    answer = portal.rosa.put(LIMITS, **limits)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def apply(portal: Portal, change: str) -> dict[str, Any]:
    answer = portal.rosa.post(f"/changes/{change}/apply")
    assert (answer.status_code, answer.json()) == (202, {"job": None, "change": change})
    found: dict[str, Any] = portal.rosa.get(f"/changes/{change}").json()
    return found


def test_a_budget_is_previewed_and_applied(portal: Portal, table: Table):
    change = ask(portal, usd_per_day=5, usd_per_month=50.5)
    assert (change["kind"], change["status"], change["name"]) == ("limits", "previewed", "search")
    assert (change["before"], change["settings"]) == ({}, {"usd_per_day": 5, "usd_per_month": 50.5})
    assert change["needs_approval"] is None
    assert tenants.find(table, "search") is None
    assert apply(portal, change["id"])["status"] == "applied"
    found = tenants.find(table, "search")
    assert (float(found.limits.usd_per_day), found.limits.team, found.version) == (5.0, "search", 1)
    assert portal.vera.get(LIMITS).json()["limits"]["usd_per_month"] == 50.5
    lines = [(one.action, one.actor) for one in portal.audit() if "change" in one.action or "limits" in one.action]
    assert lines == [("change.limits", "rosa"), ("change.apply", "rosa"), ("limits.applied", "portal")]


def test_what_allows_more_needs_another_person(portal: Portal, table: Table):
    apply(portal, ask(portal, usd_per_day=5)["id"])
    change = ask(portal, usd_per_day=50)
    assert change["needs_approval"] == "it allows the team more: usd_per_day from 5 to 50"
    refused = portal.rosa.post(f"/changes/{change['id']}/apply")
    assert (refused.status_code, "send it for approval" in refused.json()["detail"]) == (403, True)
    portal.rosa.post(f"/changes/{change['id']}/send")
    assert [one["id"] for one in portal.anna.get("/changes?status=waiting").json()] == [change["id"]]
    assert portal.rosa.post(f"/changes/{change['id']}/approve").status_code == 403
    assert portal.olga.post(f"/changes/{change['id']}/approve").status_code == 404
    assert portal.anna.post(f"/changes/{change['id']}/approve", comment="fine").status_code == 200
    assert apply(portal, change["id"])["status"] == "applied"
    assert float(tenants.find(table, "search").limits.usd_per_day) == 50


def test_no_approver_approves_an_own_request(portal: Portal, table: Table):
    change = portal.anna.put(LIMITS, requests_per_second=100).json()
    portal.anna.post(f"/changes/{change['id']}/send")
    assert portal.anna.post(f"/changes/{change['id']}/approve").status_code == 403


def test_limits_that_changed_since_the_preview_make_it_stale(portal: Portal, table: Table):
    change = ask(portal, usd_per_day=5)
    tenants.save(table, "search", Limits(tokens_per_minute=7, team="search"), version=0)
    found = apply(portal, change["id"])
    assert (found["status"], found["error"]) == ("stale", "stale, preview again: the limits changed since the preview")
    assert tenants.find(table, "search").limits.tokens_per_minute == 7
    assert portal.rosa.post(f"/changes/{change['id']}/preview").json() == {"job": None, "change": change["id"]}
    again = portal.rosa.get(f"/changes/{change['id']}").json()
    assert (again["status"], again["before"]) == ("previewed", {"tokens_per_minute": 7})
    assert again["needs_approval"] == "it allows the team more: tokens_per_minute from 7 to the default"


def test_an_approval_is_void_when_it_is_previewed_again(portal: Portal, table: Table):
    change = ask(portal, requests_per_second=100)["id"]
    portal.rosa.post(f"/changes/{change}/send")
    portal.anna.post(f"/changes/{change}/approve")
    portal.rosa.post(f"/changes/{change}/preview")
    assert portal.rosa.get(f"/changes/{change}").json()["status"] == "previewed"
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 403


def test_one_change_at_a_time_and_none_that_changes_nothing(portal: Portal, table: Table):
    assert portal.rosa.put(LIMITS).status_code == 409
    first = ask(portal, usd_per_day=5)["id"]
    assert portal.vera.get(LIMITS).json()["open_change"] == first
    assert first in portal.rosa.put(LIMITS, usd_per_day=6).json()["detail"]
    assert portal.rosa.post(f"/changes/{first}/withdraw").json()["status"] == "withdrawn"
    second = ask(portal, usd_per_day=6)["id"]
    assert portal.rosa.post(f"/changes/{first}/preview").status_code == 409
    portal.rosa.post(f"/changes/{second}/send")
    assert portal.anna.post(f"/changes/{second}/reject", comment="no").json()["status"] == "rejected"


@pytest.mark.parametrize(
    ("limits", "line"),
    [
        ({"requests_per_second": 0}, "requests_per_second: 0.0: use a number"),
        ({"tokens_per_minute": -1}, "tokens_per_minute"),
        ({"usd_per_day": 1e9}, "usd_per_day"),
        ({"usd_per_day": 10, "usd_per_month": 5}, "usd_per_day: 10 is more than usd_per_month"),
        ({"models": []}, "models"),
        ({"models": ["dev/Qwen"]}, "models"),
        ({"models": ["dev-support/chat"]}, "models: dev-support/chat is another team's"),
        ({"team": "support"}, "team"),
    ],
)
def test_limits_that_cannot_be_used_are_refused(portal: Portal, table: Table, limits: dict[str, Any], line: str):
    answer = portal.rosa.put(LIMITS, **limits)
    assert (answer.status_code, line in answer.text) == (422, True), answer.text


def test_a_platform_administrator_may_allow_another_teams_model(portal: Portal, table: Table):
    assert portal.root.put(LIMITS, models=["dev-support/chat", "dev/qwen"]).status_code == 202


def test_viewers_and_other_teams_request_nothing(portal: Portal, table: Table):
    assert portal.vera.put(LIMITS, usd_per_day=5).status_code == 403
    assert portal.otto.put(LIMITS, usd_per_day=5).status_code == 404
    change = ask(portal, usd_per_day=5)["id"]
    for verb in ("apply", "preview", "withdraw", "send"):
        assert portal.vera.post(f"/changes/{change}/{verb}").status_code == 403
        assert portal.otto.post(f"/changes/{change}/{verb}").status_code == 404
    assert tenants.find(table, "search") is None


def test_what_was_spent_is_beside_the_limits(portal: Portal, table: Table):
    hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
    usage.add(table, "search", [usage.Usage(hour=hour, model="dev/qwen", requests=1, microusd=1_250_000)], batch="1")
    found = portal.vera.get(LIMITS).json()
    assert (found["spent_usd_day"], found["spent_usd_month"]) == (1.25, 1.25)


def cut_off(portal: Portal, change: str, *, ago: str = "2020-01-01T00:00:00+00:00") -> None:
    """What a portal leaves that is killed right after it let a change be written."""
    with portal.deps.database.session() as session:
        found = session.get_one(Change, change)
        found.status, found.plan = "applying", {**found.plan, "applied_at": ago}


def settled(portal: Portal, change: str) -> dict[str, Any]:
    writer = portal.deps.limits_writer
    writer()
    for thread in [one for one in __import__("threading").enumerate() if one.name == "limits"]:
        thread.join()
    found: dict[str, Any] = portal.rosa.get(f"/changes/{change}").json()
    return found


def test_a_write_that_was_cut_off_is_settled_by_what_the_table_has(portal: Portal, table: Table):
    first, version = ask(portal, usd_per_day=5)["id"], 0
    cut_off(portal, first)
    found = settled(portal, first)
    assert (found["status"], "nothing was written" in found["error"]) == ("failed", True)
    portal.rosa.post(f"/changes/{first}/preview")
    cut_off(portal, first)
    tenants.save(table, "search", {"usd_per_day": 5, "team": "search"}, version=version)
    portal.deps.limits_writer._next = None
    assert settled(portal, first)["status"] == "applied"


def test_a_table_that_does_not_answer_leaves_it_open_for_a_while(portal: Portal, table: Table):
    change = ask(portal, usd_per_day=5)["id"]
    table._client.delete_table(TableName=table.name)
    portal.deps.tables._away.clear()
    found = apply(portal, change)
    assert (found["status"], "does not answer the portal" in found["error"]) == ("applying", True)
    cut_off(portal, change)
    portal.deps.tables._away.clear()
    found = settled(portal, change)
    assert (found["status"], "it is not known whether it was written" in found["error"]) == ("failed", True)


@pytest.mark.parametrize("known", [True, False])
def test_a_team_without_limits_sees_those_of_the_gateway(portal: Portal, table: Table, *, known: bool):
    if known:
        facts = gateway_facts(GatewaySettings(limits=GatewayLimits(tokens_per_minute=123_000)), "dev")
        assert facts
        portal.runner.gateway = portal.runner.gateway | {
            FACTS_EXPORT: FACTS | {"gateway": facts.model_dump(mode="json")}
        }
    apply(portal, ask(portal, usd_per_day=2)["id"])
    defaults = portal.rosa.get(LIMITS).json()["defaults"]
    assert (defaults or {}).get("tokens_per_minute") == (123_000 if known else None)
    page = html.unescape(portal.browser("rosa").get("/gateway/dev/search/limits").text)
    assert ("<dd>123,000, the gateway's default</dd>" if known else "<dd>the gateway's default</dd>") in page


def test_another_teams_model_that_was_allowed_stays_allowed(portal: Portal, table: Table):
    """Whoever changes a budget sends the list of models as it is."""
    models = ["dev-search/qwen", "dev-support/answers"]
    allowed = portal.root.put(LIMITS, models=models).json()["id"]
    assert portal.root.post(f"/changes/{allowed}/apply").status_code == 202
    lower = ask(portal, models=models, usd_per_day=5)
    assert apply(portal, lower["id"])["status"] == "applied"
    more = portal.rosa.put(LIMITS, models=[*models, "dev-other/chat"])
    assert (more.status_code, "dev-other/chat is another team's" in more.json()["detail"]) == (422, True)
    # It was allowed when this was requested, and is no longer when it is previewed again.
    kept = ask(portal, models=models, usd_per_day=4)["id"]
    found = tenants.find(table, "search")
    tenants.save(table, "search", Limits(models=("dev-search/qwen",), team="search"), version=found.version)
    assert apply(portal, kept)["status"] == "stale"
    again = portal.rosa.post(f"/changes/{kept}/preview")
    assert (again.status_code, "dev-support/answers is another team's" in again.json()["detail"]) == (422, True)
