"""The path every service takes, on both databases."""

import pytest
from sqlalchemy.exc import DBAPIError

from tests.portal.people import Portal


def test_a_service_is_asked_for_previewed_applied_scaled_and_destroyed(either: Portal):
    rosa, anna = either.rosa, either.anna
    accepted = rosa.ask()
    assert accepted.status_code == 202
    change = accepted.json()["change"]
    assert rosa.get(f"/changes/{change}").json()["status"] == "previewing"
    either.work()
    seen = rosa.get(f"/changes/{change}").json()
    assert (seen["status"], seen["summary"], seen["needs_approval"]) == ("previewed", {"create": 1}, None)
    assert seen["usd_day_after"] == 29.63  # g5.2xlarge 1.212 and a load balancer 0.0225 an hour, planner/data

    job = rosa.post(f"/changes/{change}/apply")
    assert job.status_code == 202
    either.work()
    assert either.job(job.json()["job"]).status == "succeeded"
    service = rosa.get("/services").json()[0]
    assert (service["status"], service["url"]) == ("running", "http://qwen.invalid")
    assert either.runner.stacks["dev-search"].services["qwen"]["model"] == "Qwen/Qwen3-4B-Instruct-2507"

    scaled = rosa.post(f"/services/{service['id']}/scale", replicas=2).json()["change"]
    either.work()
    assert "above the team's budget" in rosa.get(f"/changes/{scaled}").json()["needs_approval"]
    assert rosa.post(f"/changes/{scaled}/apply").status_code == 403
    assert rosa.post(f"/changes/{scaled}/send").status_code == 200
    assert [one["id"] for one in anna.get("/changes?status=waiting").json()] == [scaled]
    assert anna.post(f"/changes/{scaled}/approve", comment="fine").json()["decided_by"] == "anna"
    assert rosa.post(f"/changes/{scaled}/apply").status_code == 202
    either.work()
    assert either.runner.stacks["dev-search"].services["qwen"]["replicas"] == 2

    assert rosa.post(f"/services/{service['id']}/destroy", confirm="quen").status_code == 422
    ended = rosa.post(f"/services/{service['id']}/destroy", confirm="qwen").json()["change"]
    either.work()
    assert rosa.post(f"/changes/{ended}/apply").status_code == 202
    either.work()
    assert rosa.get("/services").json() == []
    assert either.runner.stacks["dev-search"].services == {}


def test_a_stack_has_all_services_of_its_team_and_of_no_other(either: Portal):
    either.deployed()
    either.deployed(name="second")
    change = either.otto.ask(team="support", name="qwen").json()["change"]
    either.work()
    either.otto.post(f"/changes/{change}/apply")
    either.work()
    assert set(either.runner.stacks["dev-search"].services) == {"qwen", "second"}
    assert set(either.runner.stacks["dev-support"].services) == {"qwen"}


def test_the_log_is_kept_in_order_and_streamed_from_where_a_watcher_left(either: Portal):
    job = either.rosa.ask().json()["job"]
    either.work()
    text = either.rosa.get(f"/jobs/{job}/events").text
    assert ("event: note\n" in text, "\nid: 1\n" in text) == (True, True)
    assert text.rstrip().splitlines()[-1] == 'data: {"status": "succeeded", "error": null}'
    again = either.client.get(f"/api/v1/jobs/{job}/events", headers=either.rosa.headers | {"Last-Event-ID": "1"}).text
    assert "id: 1\n" not in again
    assert "event: end" in again


def test_audit_says_who_did_what_and_cannot_be_edited(either: Portal):
    either.deployed()
    found = [(entry.actor, entry.action, entry.outcome) for entry in either.audit()]
    assert ("rosa", "change.create", "done") in found
    assert ("rosa", "change.apply", "done") in found
    assert ("portal", "job.apply.succeeded", "done") in found
    for statement in ("update audit_entry set actor = 'nobody'", "delete from audit_entry"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            either.deps.database.engine.begin() as connection,
        ):
            connection.exec_driver_sql(statement)
    assert len(either.audit()) == len(found)
