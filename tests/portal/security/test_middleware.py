"""What the guard before every handler lets through, refuses and writes down."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from portal.operations import views
from tests.portal.people import SERVICE, Portal

NUL = [
    ("GET", "/services/%00", ""),
    ("GET", "/api/v1/services/%00", ""),
    ("GET", "/api/v1/audit?team=%00", ""),
    ("POST", "/api/v1/services/%00/drift", "{}"),
    ("POST", "/api/v1/services", '{"name": "a\\u0000b"}'),
    ("POST", "/api/v1/services", '{"name": "a\\\\\\u0000b"}'),
    ("POST", "/api/v1/services", '{"name": "a\0b"}'),
    ("POST", "/sign-in", "login=a%00b&password=x"),
    ("POST", "/sign-in", "login=a\0b&password=x"),
]


@pytest.mark.parametrize(("method", "path", "body"), NUL)
def test_a_nul_is_refused_early_and_kept_out_of_the_log(either: Portal, method: str, path: str, body: str):
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    headers = either.root.headers | ({"content-type": kind} if body else {})
    answer = either.client.request(method, path, content=body or None, headers=headers)
    assert answer.status_code == 400, answer.text
    assert "NUL" in answer.json()["detail"]
    assert ["\0" in entry.action + entry.detail for entry in either.audit()] == [False]


def test_a_backslash_before_u0000_is_text(portal: Portal):
    answer = portal.client.post(
        "/api/v1/teams/search/lock",
        content='{"reason": "\\\\u0000"}',
        headers=portal.adam.headers | {"content-type": "application/json"},
    )
    assert answer.json()["locked"] == "\\u0000"


def test_what_fails_is_logged_and_answered_like_everything_else(portal: Portal, monkeypatch: Any):
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(views, "services", fail)
    client = TestClient(portal.client.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    answer = client.get("/api/v1/services", headers=portal.rosa.headers)
    assert answer.status_code == 500
    assert "contact its operator" in answer.json()["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [(entry.actor, entry.action, entry.detail[:4]) for entry in portal.audit()] == [
        ("rosa", "GET /api/v1/services", "500:")
    ]


DIGITS = "9" * 5000


def test_numbers_without_end_are_no_numbers(portal: Portal):
    portal.deployed()
    job = portal.rosa.get("/jobs").json()[0]["id"]
    rosa = portal.browser("rosa")
    form = {"model": SERVICE["model"], "team": "search", "platform": "dev", "name": "other", "max_model_len": DIGITS}

    def csrf() -> dict[str, str]:
        return {"csrf": rosa.get("/api/v1/form-token").json()["token"]}

    assert rosa.get("/ask/proposal", params=form).status_code == 200
    assert rosa.get("/ask", params=form).status_code == 200
    assert rosa.post("/ask", data=form | csrf()).status_code == 422
    assert rosa.post("/tokens", data={"name": "ci", "days": DIGITS} | csrf()).status_code == 422
    for number in (DIGITS, "9" * 30):
        assert portal.root.get(f"/audit?before={number}").status_code == 422
        assert portal.rosa.get(f"/jobs/{job}/events?after={number}").status_code == 422
        headers = portal.rosa.headers | {"last-event-id": number}
        assert portal.client.get(f"/api/v1/jobs/{job}/events", headers=headers).status_code == 422
        assert portal.browser("root").get(f"/admin/audit?before={number}").status_code == 422


def test_an_option_nested_without_end_is_told(portal: Portal):
    rosa = portal.browser("rosa")
    form = {"model": SERVICE["model"], "team": "search", "platform": "dev", "name": "other", "max_model_len": "8192"}
    form |= {"pool": "g5", "args": "x=" + "[" * 6000}
    form["csrf"] = rosa.get("/api/v1/form-token").json()["token"]
    answer = rosa.post("/ask", data=form)
    assert answer.status_code == 422
    assert "nested too deep" in answer.text


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e400", '"\\ud800"'])
def test_an_option_that_no_json_says_is_told(portal: Portal, value: str):
    body = json.dumps(SERVICE)[:-1] + f', "args": {{"max-num-seqs": {value}}}}}'
    headers = portal.rosa.headers | {"content-type": "application/json"}
    answer = portal.client.post("/api/v1/services", content=body, headers=headers)
    assert (answer.status_code, "half a character" in answer.json()["detail"]) == (422, True)
