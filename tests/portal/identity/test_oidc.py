"""Signing in at an issuer: what its claims say is what a person may."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient

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

    def go() -> tuple[TestClient, httpx2.Response]:
        browser = TestClient(portal.client.app, base_url="http://127.0.0.1:8000", follow_redirects=False)
        first = browser.get("/sign-in")
        assert first.headers["location"] == "/sign-in/oidc"
        to_issuer = browser.get("/sign-in/oidc").headers["location"]
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


def test_somebody_in_no_known_group_is_told_so(signing_in, issuer: Issuer):
    issuer.claims["groups"] = ["staff"]
    browser, answer = signing_in()
    assert answer.status_code == 403
    assert "is in no group that the portal knows" in answer.text
    assert browser.get("/api/v1/me").status_code == 401


def test_what_the_issuer_refuses_is_refused(signing_in, issuer: Issuer):
    issuer.refuse = True
    browser, answer = signing_in()
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert browser.get("/api/v1/me").status_code == 401


def test_a_token_of_another_sign_in_is_refused(signing_in, issuer: Issuer):
    issuer.wrong_nonce = True
    browser, answer = signing_in()
    assert answer.status_code != 200
    assert browser.get("/api/v1/me").status_code == 401


def test_a_callback_nobody_asked_for_is_refused(build: Callable[..., Portal], sqlite_url: str, issuer: Issuer):
    portal = build(sqlite_url, sign_in="oidc", oidc_issuer=issuer.url, oidc_client_id=CLIENT)
    answer = portal.client.get("/sign-in/callback?code=stolen&state=guess")
    assert answer.headers.get("location", "").startswith("/sign-in")
    assert "set-cookie" not in answer.headers or "portal=" not in answer.headers["set-cookie"]


def test_there_are_no_local_accounts_beside_an_issuer(build: Callable[..., Portal], sqlite_url: str, issuer: Issuer):
    portal = build(sqlite_url, sign_in="oidc", oidc_issuer=issuer.url, oidc_client_id=CLIENT)
    assert portal.client.post("/sign-in", data={"login": "rosa", "password": "correct horse"}).status_code == 404
