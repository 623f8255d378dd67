"""Closing somebody's account, and opening it again."""

import re

import pytest

from tests.portal.people import PASSWORD, Portal


def person(portal: Portal, login: str) -> dict[str, object]:
    return next(one for one in portal.root.get("/people").json() if one["login"] == login)


def signs_in(portal: Portal, login: str) -> int:
    return portal.client.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code


def test_a_closed_account_is_let_in_no_more(either: Portal):
    browser, rosa = either.browser("rosa"), person(either, "rosa")
    assert (rosa["active"], rosa["roles"]) == (True, {"search": "requester"})
    answer = either.root.post(f"/people/{rosa['id']}/close")
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert browser.get("/api/v1/me").status_code == 401
    assert either.rosa.get("/me").status_code == 401
    assert signs_in(either, "rosa") == 401
    assert ("root", "person.close", "rosa") in [(one.actor, one.action, one.target) for one in either.audit()]


def test_a_reopened_account_signs_in_but_its_tokens_stay_revoked(portal: Portal):
    identity = person(portal, "rosa")["id"]
    portal.root.post(f"/people/{identity}/close")
    assert portal.root.post(f"/people/{identity}/reopen").json()["active"] is True
    assert signs_in(portal, "rosa") == 303
    assert portal.rosa.get("/me").status_code == 401
    assert "person.reopen" in [one.action for one in portal.audit()]


@pytest.mark.parametrize("login", ["adam", "rosa"])
def test_only_a_platform_administrator_sees_people_and_closes_accounts(portal: Portal, login: str):
    identity = person(portal, "vera")["id"]
    somebody = getattr(portal, login)
    assert somebody.get("/people").status_code == 403
    assert somebody.post(f"/people/{identity}/close").status_code == 403
    assert portal.vera.get("/me").status_code == 200


def test_a_token_that_only_reads_sees_people_and_closes_no_account(portal: Portal):
    reader, identity = portal.machine("root", read_only=True), person(portal, "vera")["id"]
    assert reader.get("/people").status_code == 200
    assert reader.post(f"/people/{identity}/close").status_code == 403


def test_nobody_closes_the_own_account_or_one_that_is_not_there(portal: Portal):
    assert portal.root.post(f"/people/{person(portal, 'root')['id']}/close").status_code == 409
    assert portal.root.post("/people/none/close").status_code == 404


def test_accounts_are_closed_and_reopened_on_the_teams_page(portal: Portal):
    root = portal.browser("root")
    identity = person(portal, "rosa")["id"]
    for verb, active in (("close", False), ("reopen", True)):
        page = root.get("/admin/teams").text
        assert f'action="/admin/people/{identity}/{verb}"' in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
        assert root.post(f"/admin/people/{identity}/{verb}", data={"csrf": csrf}).status_code == 303
        assert person(portal, "rosa")["active"] is active
    assert "People" not in portal.browser("adam").get("/admin/teams").text
