"""What was previewed and approved is applied, and nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from portal.db.work import Change
from tests.portal.people import Portal


def ready(portal: Portal) -> str:
    change = portal.rosa.ask().json()["change"]
    portal.work()
    return change


def test_a_change_from_outside_makes_it_stale(either: Portal):
    change = ready(either)
    either.runner.change_from_outside("dev-search")
    answer = either.rosa.post(f"/changes/{change}/apply")
    assert answer.status_code == 409
    assert answer.json()["detail"] == "stale, preview again: the stack's state changed since the preview"
    assert len(either.runner.history) == 1, "nothing was started"


def test_another_program_makes_it_stale(portal: Portal):
    change = ready(portal)
    portal.runner.program = "program-2"
    assert "the program changed" in portal.rosa.post(f"/changes/{change}/apply").json()["detail"]


def test_another_platform_makes_it_stale(portal: Portal):
    change = ready(portal)
    portal.runner.platform = "pools-2"
    answer = portal.rosa.post(f"/changes/{change}/apply")
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "stale, preview again: what the platform exports (pools, cluster, bucket) changed since the preview"
    )
    assert len(portal.runner.history) == 1, "nothing was started"


def test_what_an_earlier_version_previewed_is_previewed_again(portal: Portal):
    change = ready(portal)
    with portal.deps.database.session() as session:
        stored = session.get_one(Change, change)
        stored.fingerprint = {key: value for key, value in stored.fingerprint.items() if key != "platform"}
    assert "what the platform exports" in portal.rosa.post(f"/changes/{change}/apply").json()["detail"]
    portal.rosa.post(f"/changes/{change}/preview")
    portal.work()
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 202


def test_a_change_after_the_request_is_caught_right_before_the_up(portal: Portal):
    change = ready(portal)
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.runner.change_from_outside("dev-search")
    portal.work()
    assert portal.job(job).status == "stale"
    assert portal.runner.stacks["dev-search"].services == {}
    assert portal.rosa.get(f"/changes/{change}").json()["status"] == "stale"
    assert portal.rosa.get("/services").json()[0]["status"] == "requested"


def test_preview_again_makes_it_applicable(portal: Portal):
    change = ready(portal)
    portal.runner.change_from_outside("dev-search")
    portal.rosa.post(f"/changes/{change}/apply")
    assert portal.rosa.post(f"/changes/{change}/preview").status_code == 202
    portal.work()
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 202


def test_the_apply_of_another_service_makes_it_stale(portal: Portal):
    first = ready(portal)
    second = portal.rosa.ask(name="second").json()["change"]
    portal.work()
    portal.rosa.post(f"/changes/{first}/apply")
    portal.work()
    portal.rosa.post(f"/changes/{second}/send")
    portal.anna.post(f"/changes/{second}/approve")
    answer = portal.rosa.post(f"/changes/{second}/apply")
    assert answer.status_code == 409
    assert "the stack's settings, the stack's state changed" in answer.json()["detail"]


def test_no_apply_while_another_runs_on_the_stack(portal: Portal):
    first = ready(portal)
    second = portal.rosa.ask(name="second", replicas=1).json()["change"]
    portal.work()
    portal.rosa.post(f"/changes/{second}/send")
    portal.anna.post(f"/changes/{second}/approve")
    portal.runner.hold = True
    portal.rosa.post(f"/changes/{first}/apply")
    portal.work(1)
    assert "is changing this stack" in portal.rosa.post(f"/changes/{second}/apply").json()["detail"]


def test_an_approval_is_void_after_another_preview(portal: Portal):
    change = portal.rosa.ask(replicas=2).json()["change"]
    portal.work()
    portal.rosa.post(f"/changes/{change}/send")
    portal.anna.post(f"/changes/{change}/approve")
    portal.rosa.post(f"/changes/{change}/preview")
    portal.work()
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 403


def test_what_a_guardrail_refuses_cannot_be_applied(portal: Portal):
    portal.runner.findings = [{"policy": "open", "level": "mandatory", "resource": "qwen", "message": "no"}]
    change = ready(portal)
    seen = portal.rosa.get(f"/changes/{change}").json()
    assert (seen["status"], seen["findings"][0]["policy"]) == ("refused", "open")
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 409
    assert portal.rosa.post(f"/changes/{change}/send").status_code == 409


def test_a_failed_apply_that_touched_nothing_leaves_the_service_as_it_was(portal: Portal):
    from portal.runner.protocol import Outcome, Result

    service = portal.deployed()
    change = portal.rosa.post(f"/services/{service['id']}/destroy", confirm="qwen").json()["change"]
    portal.work()
    untouched = portal.runner._version("dev-search")
    portal.runner.script = [
        Outcome(result=Result.FAILED, error="held", state_version=untouched, urls={"qwen": "http://x"})
    ]
    portal.rosa.post(f"/changes/{change}/apply")
    portal.work()
    assert portal.service(service["id"]).status == "running"


def test_a_failed_apply_that_touched_something_shows_as_failed(portal: Portal):
    from portal.runner.protocol import Outcome, Result

    change = ready(portal)
    portal.runner.script = [Outcome(result=Result.FAILED, error="no nodes", state_version="half")]
    portal.rosa.post(f"/changes/{change}/apply")
    portal.work()
    service = portal.rosa.get("/services").json()[0]
    assert (service["status"], service["settings"]["model"]) == ("failed", "Qwen/Qwen3-4B-Instruct-2507")
    again = portal.rosa.post(f"/services/{service['id']}/scale", replicas=1)
    assert again.status_code == 202, "it can be tried again"


def test_an_apply_that_is_asked_for_twice_at_once_is_one_job(build: Callable[..., Portal], either_url: str):
    either = build(either_url, slow_per_person=8)
    change = ready(either)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: either.rosa.post(f"/changes/{change}/apply").status_code, range(8)))
    assert sorted(answers) == [202] + [409] * 7
    either.work()
    assert [run.kind.value for run in either.runner.history] == ["preview", "up"]


def test_gpus_that_are_asked_for_at_once_are_given_once(either: Portal):
    either.root.put("/teams/search/limits", gpu_quota=10, service_quota=10, budget_usd_day=1000)
    changes = [either.rosa.ask(name=f"s{n}", replicas=1).json()["change"] for n in range(1)]
    changes.append(either.rosa.ask(name="big", replicas=5).json()["change"])
    changes.append(either.otto.ask(team="support", replicas=1).json()["change"])
    either.work(8)
    with ThreadPoolExecutor(3) as pool:
        people = [either.rosa, either.rosa, either.otto]
        answers = list(pool.map(lambda n: people[n].post(f"/changes/{changes[n]}/apply").status_code, range(3)))
    assert answers.count(202) == 2, "six GPUs for seven"


def test_a_change_that_is_withdrawn_ends_its_own_job_alone(portal: Portal):
    one, other = portal.rosa.ask().json(), portal.rosa.ask(name="second").json()
    portal.rosa.post(f"/changes/{one['change']}/withdraw")
    assert portal.job(one["job"]).cancel_at is not None
    assert portal.job(other["job"]).cancel_at is None
