"""Tokens: who makes them, what they may do, and that none outlives its revocation through another one."""

import pytest

from tests.portal.people import Portal


def test_a_lost_token_makes_no_token_that_outlives_it(either: Portal):
    lost = either.token("rosa", days=1)
    machine = {"Authorization": f"Bearer {lost['token']}"}
    answer = either.client.post("/api/v1/tokens", json={"name": "child", "days": 365}, headers=machine)
    assert answer.status_code == 403
    assert answer.json()["detail"] == ("a token makes no tokens: sign in with a browser and make it on the page Tokens")
    page = either.client.post("/tokens", data={"name": "child", "days": "365"}, headers=machine)
    assert (page.status_code, "a token makes no tokens" in page.text) == (403, True)
    assert either.in_browser("rosa").delete(f"/tokens/{lost['id']}").status_code == 200
    assert either.client.get("/api/v1/me", headers=machine).status_code == 401
    assert [one["name"] for one in either.rosa.get("/tokens").json() if one["revoked_at"] is None] == ["tests"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("chat", {"message": "hi"}), ("extend", {"hours": 500}), ("drift", {}), ("scale", {"replicas": 1})],
)
def test_a_token_that_may_only_read_starts_nothing(portal: Portal, path: str, body: dict):
    service = portal.deployed()["id"]
    reader = portal.machine("rosa", read_only=True)
    assert reader.get(f"/services/{service}").status_code == 200
    answer = reader.post(f"/services/{service}/{path}", **body)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "this token is read-only: create one without read-only",
    )
    page = portal.client.post(f"/services/{service}/{path}", data=body or {"x": "1"}, headers=reader.headers)
    assert page.status_code == 403


def test_a_token_that_may_only_read_chats_with_nothing_of_a_viewers_either(portal: Portal):
    service = portal.deployed()["id"]
    runs = len(portal.runner.history)
    assert portal.machine("vera", read_only=True).post(f"/services/{service}/chat", message="hi").status_code == 403
    assert len(portal.runner.history) == runs
