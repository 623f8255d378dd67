"""Quotas, capacity, locks, approval, and lives that end."""

from datetime import timedelta

from portal.clock import now
from portal.db.work import Change, Service
from tests.portal.people import Portal


def set_limits(portal: Portal, gpus: int = 4, services: int = 3, budget: float = 40.0) -> None:
    answer = portal.root.put("/teams/search/limits", gpu_quota=gpus, service_quota=services, budget_usd_day=budget)
    assert answer.status_code == 200, answer.text


def test_a_gpu_quota_counts_every_service_of_the_team(either: Portal):
    set_limits(either, gpus=2)
    either.deployed()
    answer = either.rosa.ask(name="second", replicas=2)
    assert answer.status_code == 409
    assert "would request 3 GPUs, its quota is 2" in answer.json()["detail"]
    assert len(either.rosa.get("/services").json()) == 1, "what was refused leaves nothing behind"


def test_a_service_quota(portal: Portal):
    set_limits(portal, services=1)
    portal.deployed()
    assert "its quota is 1" in portal.rosa.ask(name="second").json()["detail"]


def test_the_pool_is_shared_by_all_teams(portal: Portal):
    set_limits(portal, budget=1000)
    portal.deployed(replicas=4)
    answer = portal.otto.ask(team="support", replicas=3)
    assert answer.status_code == 409
    assert "keeps 6 GPUs for teams, 4 are taken: request 2 at most" in answer.json()["detail"]


def test_quota_is_checked_again_at_apply(portal: Portal):
    change = portal.rosa.ask().json()["change"]
    portal.work()
    set_limits(portal, gpus=0)
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 409


def test_a_budget_that_another_service_used_up_offers_the_approval(portal: Portal):
    set_limits(portal, budget=40)
    first, second = (portal.rosa.ask(name=name).json()["change"] for name in ("one", "two"))
    portal.work(6)
    seen = portal.rosa.get(f"/changes/{second}").json()
    assert (seen["status"], seen["needs_approval"]) == ("previewed", None)
    assert portal.rosa.post(f"/changes/{first}/apply").status_code == 202
    assert "above the team's budget" in portal.rosa.get(f"/changes/{second}").json()["needs_approval"]
    assert portal.rosa.post(f"/changes/{second}/apply").status_code == 403
    assert portal.rosa.post(f"/changes/{second}/send").status_code == 200
    assert portal.anna.post(f"/changes/{second}/approve").status_code == 200


def test_a_raised_budget_needs_no_approval_any_more(portal: Portal):
    set_limits(portal, budget=0)
    change = portal.rosa.ask().json()["change"]
    portal.work()
    assert portal.rosa.get(f"/changes/{change}").json()["needs_approval"]
    set_limits(portal, budget=1000)
    assert portal.rosa.get(f"/changes/{change}").json()["needs_approval"] is None
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 202


def test_budget_is_checked_again_at_apply(portal: Portal):
    change = portal.rosa.ask().json()["change"]
    portal.work()
    set_limits(portal, budget=0)
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 403
    assert portal.rosa.post(f"/changes/{change}/send").status_code == 200


def test_less_needs_no_approval(portal: Portal):
    set_limits(portal, budget=1000)
    service = portal.deployed(replicas=2)
    set_limits(portal, budget=0)
    change = portal.rosa.post(f"/services/{service['id']}/scale", replicas=1).json()["change"]
    portal.work()
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 202


def test_nothing_of_a_locked_team_changes(portal: Portal):
    service = portal.deployed()
    waiting = portal.rosa.ask(name="second").json()["change"]
    portal.work()
    assert portal.adam.post("/teams/search/lock", reason="audit").status_code == 200
    for answer in (
        portal.rosa.ask(name="third"),
        portal.rosa.post(f"/services/{service['id']}/scale", replicas=2),
        portal.rosa.post(f"/services/{service['id']}/extend", hours=5),
        portal.rosa.post(f"/services/{service['id']}/destroy", confirm="qwen"),
        portal.rosa.post(f"/changes/{waiting}/send"),
    ):
        assert answer.status_code == 409
        assert "locked: audit" in answer.json()["detail"]
    assert portal.otto.ask(team="support").status_code == 202, "other teams go on"
    assert portal.adam.post("/teams/search/unlock").status_code == 200
    assert portal.rosa.post(f"/services/{service['id']}/scale", replicas=2).status_code == 202


def test_a_platform_administrators_lock_is_not_the_teams_to_lift(portal: Portal):
    portal.root.post("/teams/search/lock", reason="incident")
    assert portal.adam.post("/teams/search/unlock").status_code == 403
    assert portal.root.post("/teams/search/unlock").status_code == 200


def test_one_open_change_a_service(portal: Portal):
    service = portal.deployed()
    portal.rosa.post(f"/services/{service['id']}/scale", replicas=2)
    assert "has an open change" in portal.rosa.post(f"/services/{service['id']}/scale", replicas=3).json()["detail"]


def test_a_rejected_request_leaves_its_name_free(portal: Portal):
    change = portal.rosa.ask(replicas=3).json()["change"]
    portal.work()
    portal.rosa.post(f"/changes/{change}/send")
    answer = portal.anna.post(f"/changes/{change}/reject", comment="too dear")
    assert (answer.json()["status"], answer.json()["comment"]) == ("rejected", "too dear")
    assert portal.rosa.ask().status_code == 202


def test_a_service_is_warned_of_then_destroyed_by_the_portal_itself(either: Portal):
    service = either.deployed(ttl_hours=10)
    _ends_in(either, service["id"], hours=2)
    _look_again(either)
    either.work()
    assert either.rosa.get(f"/services/{service['id']}").json()["ending"]
    _ends_in(either, service["id"], hours=-0.1)
    _look_again(either)
    either.work(6)
    assert either.rosa.get("/services").json() == []
    assert either.runner.stacks["dev-search"].services == {}
    actions = [(entry.actor, entry.action) for entry in either.audit()]
    assert ("portal", "service.expired") in actions


def test_more_time_takes_the_warning_back(portal: Portal):
    service = portal.deployed(ttl_hours=10)
    _ends_in(portal, service["id"], hours=1)
    _look_again(portal)
    portal.work()
    assert portal.rosa.get(f"/services/{service['id']}").json()["ending"]
    assert portal.rosa.post(f"/services/{service['id']}/extend", hours=50).json()["ending"] is False
    _look_again(portal)
    portal.work()
    assert portal.service(service["id"]).status == "running"


def test_an_open_change_gives_way_to_the_end(portal: Portal):
    service = portal.deployed()
    change = portal.rosa.post(f"/services/{service['id']}/scale", replicas=2).json()["change"]
    portal.work()
    _ends_in(portal, service["id"], hours=-1)
    _look_again(portal)
    portal.work(6)
    assert portal.rosa.get(f"/changes/{change}").json()["status"] == "withdrawn"
    assert portal.rosa.get("/services").json() == []


def test_a_destroy_that_fails_is_not_tried_every_minute(portal: Portal):
    service = portal.deployed()
    portal.runner.findings = [{"policy": "p", "level": "mandatory", "resource": "r", "message": "m"}]
    _ends_in(portal, service["id"], hours=-1)
    for _ in range(3):
        _look_again(portal)
        portal.work(4)
    with portal.deps.database.reading() as session:
        ends = session.query(Change).filter(Change.requested_by.is_(None)).all()
    assert [change.status for change in ends] == ["refused"]


def test_chat_is_asked_by_the_portal_and_shows_no_key(portal: Portal):
    service = portal.deployed()
    answer = portal.vera.post(f"/services/{service['id']}/chat", message="hi")
    assert answer.status_code == 409, "qwen.invalid does not answer"
    assert "sk-very-secret" not in answer.text


def test_drift_is_looked_for_and_kept(portal: Portal):
    service = portal.deployed()
    assert portal.rosa.get(f"/services/{service['id']}").json()["drifted"] is None
    assert portal.rosa.post(f"/services/{service['id']}/drift").status_code == 202
    assert portal.rosa.post(f"/services/{service['id']}/drift").status_code == 409
    portal.work()
    assert portal.rosa.get(f"/services/{service['id']}").json()["drifted"] == 0


def _ends_in(portal: Portal, service_id: str, hours: float) -> None:
    with portal.deps.database.session() as session:
        session.get_one(Service, service_id).expires_at = now() + timedelta(hours=hours)


def _look_again(portal: Portal) -> None:
    portal.deps.dispatcher.chores[0]._next = None


def test_cost_runs_up_from_the_first_apply_at_the_price_of_each_time(portal: Portal):
    service = portal.deployed()
    with portal.deps.database.session() as session:
        session.get_one(Service, service["id"]).usd_since = now() - timedelta(days=2)
    assert round(portal.rosa.get(f"/services/{service['id']}").json()["usd_so_far"], 2) == 59.26  # 2 x 29.63
    portal.deployed_change(f"/services/{service['id']}/scale", replicas=2)
    seen = portal.rosa.get(f"/services/{service['id']}").json()
    assert (round(seen["usd_so_far"], 2), seen["usd_day"]) == (59.26, 58.72)  # two GPUs, one load balancer
