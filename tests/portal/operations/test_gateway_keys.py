"""Keys of a team at the gateway: shown once, of the own team only, in no log."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, text

from gateway.store import keys, tenants
from gateway.store.limits import Limits
from gateway.store.table import Table
from portal.clock import now
from portal.operations import gateway_keys
from tests.portal.people import Portal

KEYS = "/gateways/dev/teams/search/keys"


def make(portal: Portal, name: str = "ci", **more: Any) -> dict[str, Any]:
    answer = portal.rosa.post(KEYS, name=name, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def noted(portal: Portal) -> list[str]:
    """The actions on keys in the audit log."""
    return [one.action for one in portal.audit() if one.action.startswith("key.")]


def test_a_key_is_shown_once_and_the_table_has_its_digest(portal: Portal, table: Table):
    made = make(portal, days=7)
    assert made["key"].startswith("sk-llm-")
    found = keys.find(table, keys.digest_of(made["key"]))
    assert (found.tenant, found.team, found.name, found.created_by) == ("search", "search", "ci", "rosa")
    assert abs(found.expires - (now() + timedelta(days=7)).timestamp()) < 60
    listed = portal.vera.get(KEYS)
    assert [one["prefix"] for one in listed.json()] == [made["prefix"]]
    assert made["key"] not in listed.text
    assert tenants.find(table, "search").limits == Limits(team="search")


def test_a_tenant_of_an_operator_is_not_that_of_a_team_with_its_name(portal: Portal, table: Table):
    tenants.save(table, "search", Limits(usd_per_day=5), version=0)
    answer = portal.rosa.post(KEYS, name="ci")
    assert answer.status_code == 409
    assert (
        "a tenant search of no team: an operator gives it to the team by `llm-platform keys tenants set" in answer.text
    )
    assert keys.of_tenant(table, "search") == []
    assert portal.rosa.get("/gateways/dev/teams/search/limits").status_code == 409
    tenants.save(table, "search", {"team": "search"}, version=1)
    assert portal.rosa.post(KEYS, name="ci").status_code == 201


def test_no_key_is_in_database_log_or_audit_trail(portal: Portal, table: Table, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    made = make(portal)
    again = portal.rosa.post(f"{KEYS}/{made['id']}/rotate").json()
    page = portal.browser("rosa")
    token = page.get("/api/v1/form-token").json()["token"]
    third = page.post("/api/v1" + KEYS, json={"name": "b"}, headers={"X-CSRF-Token": token}).json()
    secrets = {made["key"], again["key"], third["key"]}
    assert len(secrets) == 3
    with portal.deps.database.reading() as session:
        for name in inspect(session.get_bind()).get_table_names():
            rows = repr(session.execute(text(f'select * from "{name}"')).all())  # noqa: S608  a table's name
            assert not any(secret in rows for secret in secrets), name
    assert not any(secret in caplog.text for secret in secrets)
    lines = [(one.action, one.actor, one.target, one.team) for one in portal.audit() if one.action.startswith("key.")]
    assert lines == [
        ("key.make", "rosa", "dev/search", "search"),
        ("key.rotate", "rosa", "dev/search", "search"),
        ("key.make", "rosa", "dev/search", "search"),
    ]


def test_a_rotated_key_goes_on_for_a_while(portal: Portal, table: Table):
    old = make(portal, days=90)
    new = portal.rosa.post(f"{KEYS}/{old['id']}/rotate", overlap_hours=2).json()
    assert new["key"] != old["key"]
    found = keys.find(table, old["id"])
    assert found.replaced_by == new["id"]
    assert abs(found.expires - (now() + timedelta(hours=2)).timestamp()) < 60
    assert keys.find(table, new["id"]).expires > found.expires
    listed = {one["id"]: one for one in portal.rosa.get(KEYS).json()}
    assert (listed[old["id"]]["rotated"], listed[new["id"]]["rotated"]) == (True, False)
    again = portal.rosa.post(f"{KEYS}/{old['id']}/rotate", overlap_hours=2)
    assert (again.status_code, "rotated before" in again.json()["detail"]) == (409, True)
    assert noted(portal) == ["key.make", "key.rotate", "key.rotate", "key.rotate.failed"]


def test_a_revoked_key_is_refused_from_then_on(portal: Portal, table: Table):
    made = make(portal)
    assert portal.rosa.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert keys.find(table, made["id"]).revoked
    assert portal.rosa.get(KEYS).json()[0]["state"] == "revoked"
    assert portal.rosa.post(f"{KEYS}/{made['id']}/rotate").status_code == 409


def test_another_teams_keys_are_not_there(portal: Portal, table: Table):
    made = make(portal)
    theirs = KEYS.replace("search", "support")
    assert portal.otto.get(KEYS).status_code == 404
    assert portal.otto.post(KEYS, name="mine").status_code == 404
    # By the own team's address another team's key is no key either.
    for wrong in (made["id"], "0" * 64, "x", "a" * 3000):
        assert portal.otto.delete(f"{theirs}/{wrong}").status_code == 404
        assert portal.otto.post(f"{theirs}/{wrong}/rotate").status_code == 404
    assert not keys.find(table, made["id"]).revoked
    assert portal.root.get(KEYS).status_code == 200


def test_a_viewer_and_a_read_only_token_only_look(portal: Portal, table: Table):
    made = make(portal)
    for who in (portal.vera, portal.machine("rosa", read_only=True)):
        assert who.get(KEYS).status_code == 200
        assert who.post(KEYS, name="mine").status_code == 403
        assert who.post(f"{KEYS}/{made['id']}/rotate").status_code == 403
        assert who.delete(f"{KEYS}/{made['id']}").status_code == 403


def test_a_key_that_a_token_made_ends_with_the_token(portal: Portal, table: Table):
    machine = portal.machine("rosa", days=2)
    made = machine.post(KEYS, name="ci", days=365).json()
    end = datetime.fromisoformat(made["expires_at"])
    assert end <= now() + timedelta(days=2)
    in_browser = portal.in_browser("rosa").post(KEYS, name="ci", days=365).json()
    assert datetime.fromisoformat(in_browser["expires_at"]) > now() + timedelta(days=364)
    rotated = machine.post(f"{KEYS}/{in_browser['id']}/rotate").json()
    assert datetime.fromisoformat(rotated["expires_at"]) <= end + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"name": "a/b"}, "name: 'a/b' cannot be the name of a key"),
        ({"name": "portal chat"}, "choose another one"),
        ({"name": ""}, "name"),
        ({"name": "x", "days": 0}, "days"),
        ({"name": "x", "days": 366}, "days"),
        ({"name": "x", "tenant": "support"}, "tenant"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(portal: Portal, table: Table, body: dict[str, Any], line: str):
    answer = portal.rosa.post(KEYS, **body)
    assert answer.status_code == 422
    assert line in answer.text
    assert portal.rosa.get(KEYS).json() == []


def test_a_locked_team_makes_no_keys(portal: Portal, table: Table):
    portal.root.post("/teams/search/lock", reason="review")
    answer = portal.rosa.post(KEYS, name="ci")
    assert (answer.status_code, "locked" in answer.json()["detail"]) == (409, True)


def test_a_key_of_a_locked_team_can_be_revoked(portal: Portal, table: Table):
    """A team may be locked because a key of it leaked."""
    made = make(portal)
    portal.root.post("/teams/search/lock", reason="a key is in a public repository")
    assert portal.rosa.post(f"{KEYS}/{made['id']}/rotate").status_code == 409
    page = portal.browser("rosa").get("/gateway/dev/search/keys").text
    assert f"/keys/{made['id']}/revoke" in page
    assert f"/keys/{made['id']}/rotate" not in page
    assert portal.vera.delete(f"{KEYS}/{made['id']}").status_code == 403
    assert portal.rosa.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert keys.find(table, made["id"]).revoked


def test_rotating_again_and_again_does_not_make_valid_keys_without_end(
    portal: Portal, table: Table, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gateway_keys, "MOST_ACTIVE", 3)
    newest = make(portal)["id"]
    for _ in range(3):
        newest = portal.rosa.post(f"{KEYS}/{newest}/rotate", overlap_hours=168).json()["id"]
    answer = portal.rosa.post(f"{KEYS}/{newest}/rotate", overlap_hours=168)
    assert (answer.status_code, "3 keys that were rotated and are still valid" in answer.json()["detail"]) == (
        409,
        True,
    )
    old = next(key for key in portal.rosa.get(KEYS).json() if key["rotated"])
    assert portal.rosa.delete(f"{KEYS}/{old['id']}").status_code == 204
    assert portal.rosa.post(f"{KEYS}/{newest}/rotate", overlap_hours=168).status_code == 201


def test_a_platform_without_a_gateway_has_no_keys(portal: Portal):
    for answer in (portal.rosa.get(KEYS), portal.rosa.post(KEYS, name="ci")):
        assert (answer.status_code, answer.json()["detail"]) == (404, "platform dev has no gateway")
    assert portal.rosa.get(KEYS.replace("dev", "nowhere")).status_code == 404


def test_a_repeat_with_the_same_key_does_not_make_another(portal: Portal, table: Table):
    once = {"Idempotency-Key": "42"}
    assert portal.rosa.post(KEYS, once, name="ci").status_code == 201
    answer = portal.rosa.post(KEYS, once, name="ci")
    assert (answer.status_code, "is not kept" in answer.json()["detail"]) == (409, True)
    assert len(portal.rosa.get(KEYS).json()) == 1


def test_a_table_that_does_not_answer_is_one_clear_line(portal: Portal, table: Table, caplog: pytest.LogCaptureFixture):
    make(portal)
    table._client.delete_table(TableName=table.name)
    answer = portal.rosa.get(KEYS)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("the gateway's table llm-dev-gateway of dev does not answer the portal")
    assert "ResourceNotFoundException" in answer.json()["detail"]
    assert "arn" not in json.dumps(answer.json())
    assert portal.rosa.post(KEYS, name="ci").status_code == 409
    assert noted(portal) == ["key.make", "key.make", "key.make.failed"]
