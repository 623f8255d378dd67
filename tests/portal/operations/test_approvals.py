"""Giving up a request: it takes nothing away from another one."""

from portal.db.work import Change, Service
from tests.portal.people import SERVICE, Portal


def refused_then_asked_again(portal: Portal) -> tuple[str, str]:
    """A request that the guardrails refused, and the changed one of the same service, previewed."""
    portal.runner.findings = [{"policy": "open", "level": "mandatory", "resource": "qwen", "message": "no"}]
    refused = portal.rosa.ask().json()["change"]
    portal.work()
    portal.runner.findings = []
    service = portal.rosa.get("/services").json()[0]["id"]
    settings = {key: value for key, value in SERVICE.items() if key not in {"team", "platform", "name"}}
    second = portal.rosa.put(f"/services/{service}", **settings)
    assert second.status_code == 202, second.text
    portal.work()
    return refused, second.json()["change"]


def test_withdrawing_an_old_request_leaves_the_service_to_the_open_one(either: Portal):
    refused, second = refused_then_asked_again(either)
    assert either.rosa.post(f"/changes/{refused}/withdraw").status_code == 200
    assert either.rosa.get("/services").json()[0]["status"] == "requested"
    assert either.rosa.ask().status_code == 409, "its name is not free"
    assert either.rosa.post(f"/changes/{second}/apply").status_code == 202
    either.work()
    assert either.rosa.get("/services").json()[0]["status"] == "running"


def test_withdrawing_both_ends_the_service(portal: Portal):
    for change in refused_then_asked_again(portal):
        portal.rosa.post(f"/changes/{change}/withdraw")
    assert portal.rosa.get("/services").json() == []


def test_withdrawing_a_failed_change_does_not_call_the_service_well(portal: Portal):
    from portal.runner.protocol import Outcome, Result

    service = portal.deployed()["id"]
    change = portal.rosa.post(f"/services/{service}/scale", replicas=1).json()["change"]
    portal.work()
    portal.runner.script = [Outcome(result=Result.FAILED, error="no nodes", state_version="half", urls={"qwen": "u"})]
    portal.rosa.post(f"/changes/{change}/apply")
    portal.work()
    portal.rosa.post(f"/changes/{change}/withdraw")
    assert portal.service(service).status == "failed"


def test_nothing_is_applied_to_a_service_that_is_gone(portal: Portal):
    change = portal.rosa.ask().json()["change"]
    portal.work()
    with portal.deps.database.session() as session:
        session.get_one(Service, session.get_one(Change, change).service_id).status = "gone"
    answer = portal.rosa.post(f"/changes/{change}/apply")
    assert (answer.status_code, answer.json()["detail"]) == (409, "qwen was deleted: request a new one")


def test_an_approval_of_an_earlier_preview_is_refused(portal: Portal):
    """An approver who looks at a change for long approves what was on the page, not what it became meanwhile."""
    beside = portal.deployed(name="beside")
    change = portal.rosa.ask(replicas=2).json()["change"]
    portal.work()
    portal.rosa.post(f"/changes/{change}/send")
    page = portal.browser("anna").get(f"/changes/{change}").text
    seen = portal.anna.get(f"/changes/{change}").json()["preview"]
    assert f'name="preview" value="{seen}"' in page
    portal.runner.findings = [{"policy": "open", "level": "advisory", "resource": "qwen", "message": "look"}]
    portal.deployed_change(f"/services/{beside['id']}/destroy", confirm="beside")
    portal.rosa.post(f"/changes/{change}/preview")
    portal.work()
    portal.rosa.post(f"/changes/{change}/send")
    answer = portal.anna.post(f"/changes/{change}/approve", preview=seen)
    assert (answer.status_code, "previewed again since" in answer.json()["detail"]) == (409, True)
    now = portal.anna.get(f"/changes/{change}").json()
    assert (now["status"], now["preview"] == seen) == ("waiting", False)
    assert portal.anna.post(f"/changes/{change}/approve", preview=now["preview"]).status_code == 200


def test_a_preview_that_found_the_same_is_the_same(portal: Portal):
    change = portal.rosa.ask(replicas=2).json()["change"]
    assert portal.rosa.get(f"/changes/{change}").json()["preview"] == ""
    portal.work()
    seen = portal.rosa.get(f"/changes/{change}").json()["preview"]
    portal.rosa.post(f"/changes/{change}/preview")
    portal.work()
    portal.rosa.post(f"/changes/{change}/send")
    assert portal.anna.post(f"/changes/{change}/approve", preview=seen).status_code == 200
