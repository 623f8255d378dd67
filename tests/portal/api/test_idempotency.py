"""Requests that are sent again with their key."""

from datetime import timedelta

from portal.clock import now
from portal.db.people import Person, UsedToken
from portal.identity import people
from portal.identity.roles import Role
from tests.portal.people import SERVICE, Portal


def spent(portal: Portal) -> list[UsedToken]:
    """What is kept of idempotency keys; form tokens have no body."""
    with portal.deps.database.reading() as session:
        return session.query(UsedToken).filter(UsedToken.body.is_not(None)).all()


def test_a_token_is_made_once_and_its_value_is_kept_nowhere(portal: Portal):
    rosa = portal.in_browser("rosa")
    first = rosa.post("/tokens", {"idempotency-key": "k1"}, name="ci")
    assert first.status_code == 201
    assert [(row.status, row.answer) for row in spent(portal)] == [(201, None)]
    again = rosa.post("/tokens", {"idempotency-key": "k1"}, name="ci")
    assert again.status_code == 409
    assert "revoke what it made and take a new key" in again.json()["detail"]
    assert len([token for token in portal.rosa.get("/tokens").json() if token["name"] == "ci"]) == 1


def test_a_closed_account_gets_no_answer_that_was_kept(portal: Portal):
    assert portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE).status_code == 202
    with portal.deps.database.session() as session:
        session.query(Person).filter_by(login="rosa").one().active = False
    assert portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE).status_code == 401


def test_a_key_of_a_request_that_was_cut_off_is_free_again_after_its_time(portal: Portal):
    assert portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE).status_code == 202
    with portal.deps.database.session() as session:
        row = session.query(UsedToken).one()
        row.status = row.answer = None
    held = portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE)
    assert (held.status_code, "was cut off" in held.json()["detail"]) == (409, True)
    with portal.deps.database.session() as session:
        session.query(UsedToken).one().expires_at = now() - timedelta(seconds=1)
    assert (
        portal.rosa.post("/services", {"idempotency-key": "k1"}, **SERVICE).json()["detail"].startswith("team search")
    )


def test_a_token_that_only_reads_revokes_none(portal: Portal):
    made, reader = portal.token("rosa"), portal.machine("rosa", read_only=True)
    answer = portal.client.delete(f"/api/v1/tokens/{made['id']}", headers=reader.headers)
    assert (answer.status_code, "read-only" in answer.json()["detail"]) == (403, True)
    assert portal.client.delete(f"/api/v1/tokens/{made['id']}", headers=portal.rosa.headers).status_code == 200


def test_whoever_changed_teams_gets_no_answer_that_was_kept_and_nothing_is_done_twice(portal: Portal):
    service = portal.deployed()["id"]
    key = {"idempotency-key": "k1"}
    assert portal.rosa.post(f"/services/{service}/extend", key, more_hours=24).status_code == 200
    assert portal.rosa.post(f"/services/{service}/extend", key, more_hours=24).headers["idempotent-replayed"] == "true"
    end = portal.service(service).expires_at
    with portal.deps.database.session() as session:
        rosa = session.query(Person).filter_by(login="rosa").one()
        people.set_roles(session, rosa, {"support": Role.REQUESTER})
    again = portal.rosa.post(f"/services/{service}/extend", key, more_hours=24)
    assert (again.status_code, "your roles changed" in again.json()["detail"]) == (409, True)
    assert portal.service(service).expires_at == end
    other = portal.rosa.post(f"/services/{service}/extend", key, more_hours=48)
    assert (other.status_code, "another request" in other.json()["detail"]) == (422, True)
