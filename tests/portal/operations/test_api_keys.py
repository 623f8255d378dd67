"""A service's key over JSON: for the same people as on the page, and as well noted."""

from tests.portal.people import Portal


def test_the_key_is_for_those_who_may_ask_and_the_log_says_who_looked(portal: Portal):
    service = portal.deployed()["id"]
    answer = portal.rosa.get(f"/services/{service}/key")
    assert answer.json() == {"url": "http://qwen.invalid", "key": "sk-very-secret-qwen"}
    assert answer.headers["cache-control"] == "no-store"
    looked = [(one.actor, one.target) for one in portal.audit() if one.action == "service.key"]
    assert looked == [("rosa", "dev-search/qwen")]
    assert portal.vera.get(f"/services/{service}/key").status_code == 403
    assert portal.otto.get(f"/services/{service}/key").status_code == 404
    assert portal.machine("rosa", read_only=True).get(f"/services/{service}/key").status_code == 403


def test_what_does_not_run_has_no_key(portal: Portal):
    portal.rosa.ask()
    service = portal.rosa.get("/services").json()[0]["id"]
    assert portal.rosa.get(f"/services/{service}/key").status_code == 409
