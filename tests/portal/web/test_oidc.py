"""Signing in at an issuer: what its claims say is what a person may."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient

from portal.db.people import Person
from tests.portal.identity.issuer import CLIENT, SECRET, Issuer, running
from tests.portal.people import Portal


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running() as made:
        yield made


@pytest.fixture
def signing_in(build: Callable[..., Portal], sqlite_url: str, issuer: Issuer) -> Callable[[], TestClient]:
    issuer.claims = {"sub": "42", "email": "rosa@example.org", "name": "Rosa", "groups": ["llm:search:requester"]}
    issuer.refuse = issuer.wrong_nonce = False
    portal = build(
        sqlite_url,
        sign_in="oidc",
        oidc_issuer=issuer.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        groups={"platform": "*:admin"},
    )

    def go(target: str = "/") -> tuple[TestClient, httpx2.Response]:
        browser = TestClient(portal.client.app, base_url="http://127.0.0.1:8000", follow_redirects=False)
        first = browser.get("/sign-in", params={"next": target})
        assert first.headers["location"].startswith("/sign-in/oidc?next=/")
        to_issuer = browser.get(first.headers["location"]).headers["location"]
        back = httpx2.get(to_issuer, follow_redirects=False, trust_env=False).headers["location"]
        return browser, browser.get(back.removeprefix("http://127.0.0.1:8000"))

    return go


def test_groups_become_roles(signing_in):
    browser, answer = signing_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/api/v1/me").json() == {
        "login": "rosa@example.org",
        "name": "Rosa",
        "roles": {"search": "requester"},
    }


def test_roles_are_read_anew_at_each_sign_in(signing_in, issuer: Issuer):
    signing_in()
    issuer.claims["groups"] = ["platform"]
    browser, _ = signing_in()
    assert browser.get("/api/v1/me").json()["roles"] == {"*": "admin"}


@pytest.mark.parametrize(
    ("target", "led"),
    [("/services/1", "/services/1"), ("https://evil.example", "/"), ("//evil.example", "/"), ("/" + "x" * 2000, "/")],
)
def test_a_sign_in_leads_where_somebody_wanted_to_go_but_to_no_other_site(signing_in, target: str, led: str):
    _, answer = signing_in(target)
    assert answer.headers["location"] == led


def test_nobody_else_says_where_a_sign_in_leads(signing_in, issuer: Issuer):
    browser, _ = signing_in()
    to_issuer = browser.get("/sign-in/oidc?next=//evil.example").headers["location"]
    back = httpx2.get(to_issuer, follow_redirects=False, trust_env=False).headers["location"]
    answer = browser.get(back.removeprefix("http://127.0.0.1:8000") + "&next=https://evil.example")
    assert answer.headers["location"] == "/"


def test_who_signs_out_stays_signed_out(signing_in):
    browser, _ = signing_in()
    token = browser.get("/api/v1/form-token").json()["token"]
    answer = browser.post("/sign-out", data={"csrf": token})
    assert answer.headers["location"] == "/signed-out"
    page = browser.get("/signed-out")
    assert (page.status_code, "You are signed out" in page.text) == (200, True)
    assert 'href="/sign-in"' in page.text


def test_who_is_in_no_group_any_more_loses_roles_and_sessions(signing_in, issuer: Issuer):
    before, _ = signing_in()
    form = before.get("/api/v1/form-token").json()["token"]
    made = before.post("/api/v1/tokens", json={"name": "ci"}, headers={"x-csrf-token": form}).json()
    issuer.claims["groups"] = []
    browser, answer = signing_in()
    assert answer.status_code == 403
    assert before.get("/api/v1/me").status_code == 401, "the session of then is over"
    machine = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {made['token']}"})
    assert machine.json()["roles"] == {}, "and the token of then may do nothing"


def test_a_closed_account_is_told_so_whatever_the_issuer_says(signing_in):
    before, _ = signing_in()
    with before.app.state.deps.database.session() as session:
        session.query(Person).filter_by(login="rosa@example.org").one().active = False
    browser, answer = signing_in()
    assert (answer.status_code, "this account is closed" in answer.text) == (401, True)
    assert browser.get("/api/v1/me").status_code == 401


def test_somebody_in_no_known_group_is_told_so(signing_in, issuer: Issuer):
    issuer.claims["groups"] = ["staff"]
    browser, answer = signing_in()
    assert answer.status_code == 403
    assert "is in no group that the portal knows" in answer.text
    assert browser.get("/api/v1/me").status_code == 401


def test_what_the_issuer_refuses_is_shown_with_a_way_to_try_again(signing_in, issuer: Issuer):
    issuer.refuse = True
    browser, answer = signing_in("/jobs")
    assert answer.status_code == 401, "shown, not sent to the issuer again"
    assert "the issuer refused you" in answer.text
    assert 'href="/sign-in?next=/jobs"' in answer.text
    assert browser.get("/api/v1/me").status_code == 401


def test_a_token_of_another_sign_in_is_refused(signing_in, issuer: Issuer):
    issuer.wrong_nonce = True
    browser, answer = signing_in()
    assert answer.status_code == 401
    assert "Sign in again" in answer.text
    assert browser.get("/api/v1/me").status_code == 401


def test_a_callback_nobody_asked_for_is_refused(build: Callable[..., Portal], sqlite_url: str, issuer: Issuer):
    portal = build(sqlite_url, sign_in="oidc", oidc_issuer=issuer.url, oidc_client_id=CLIENT)
    answer = portal.client.get("/sign-in/callback?code=stolen&state=guess")
    assert answer.status_code == 401
    assert "started in another browser" in answer.text
    assert "set-cookie" not in answer.headers or "portal=" not in answer.headers["set-cookie"]
    assert [entry.action for entry in portal.audit()] == ["GET /sign-in/callback"]


def test_there_are_no_local_accounts_beside_an_issuer(build: Callable[..., Portal], sqlite_url: str, issuer: Issuer):
    portal = build(sqlite_url, sign_in="oidc", oidc_issuer=issuer.url, oidc_client_id=CLIENT)
    assert portal.client.post("/sign-in", data={"login": "rosa", "password": "correct horse"}).status_code == 404
