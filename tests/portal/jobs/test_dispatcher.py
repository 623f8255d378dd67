"""Jobs: one at a time a stack, limited in all, stopped, and found again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.clock import now
from portal.db.work import Change, Job, JobEvent, Service
from portal.runner.protocol import Outcome, Progress, Result, RunKind
from tests.portal.people import Portal


def restarted(portal: Portal, build: Callable[..., Portal]) -> Portal:
    """Another portal on the same database and runner, as after a kill -9: the first is never told."""
    url = str(portal.deps.database.engine.url.render_as_string(hide_password=False))
    portal.close()  # lets go of the data folder; its thread does not run in these tests
    return build(url)


def previewed(portal: Portal, **changes: object) -> str:
    change = portal.rosa.ask(**changes).json()["change"]
    portal.work()
    return change


def test_one_job_at_a_time_on_a_stack(either: Portal):
    either.runner.hold = True
    first = either.rosa.ask(name="one").json()["job"]
    second = either.rosa.ask(name="two").json()["job"]
    other = either.otto.ask(team="support").json()["job"]
    either.work()
    assert [either.job(job).status for job in (first, second, other)] == ["running", "queued", "running"]
    either.runner.release(f"{first}-1")
    either.work(1)
    assert [either.job(job).status for job in (first, second)] == ["succeeded", "running"]


def test_no_more_at_once_than_the_limit(build: Callable[..., Portal], sqlite_url: str):
    portal = build(sqlite_url, parallel_jobs=1)
    portal.runner.hold = True
    first = portal.rosa.ask().json()["job"]
    second = portal.otto.ask(team="support").json()["job"]
    portal.work()
    assert [portal.job(job).status for job in (first, second)] == ["running", "queued"]


def test_a_job_is_stored_before_it_starts_and_starts_once(either: Portal):
    job = either.rosa.ask().json()["job"]
    assert either.job(job).status == "queued"
    either.runner.hold = True
    either.work(5)
    assert [run.id for run in either.runner.history] == [f"{job}-1"]


def test_running_jobs_are_found_after_a_kill(either: Portal, build: Callable[..., Portal]):
    either.runner.hold = True
    job = either.rosa.ask().json()["job"]
    either.work(1)
    later = restarted(either, build)
    later.runner.release(f"{job}-1")
    later.work()
    assert later.job(job).status == "succeeded"
    assert len(later.runner.history) == 1, "the run that went on is followed, not started again"


def test_events_of_before_and_after_a_kill_are_one_log(either: Portal, build: Callable[..., Portal]):
    either.runner.hold = True
    job = either.rosa.ask().json()["job"]
    either.work(2)
    later = restarted(either, build)
    running = later.runner.runs[f"{job}-1"]
    running.events.append(running.events[0].model_copy(update={"data": {"text": "after"}}))
    later.runner.release(f"{job}-1")
    later.work()
    with later.deps.database.reading() as session:
        log = session.query(JobEvent).filter(JobEvent.job_id == job).order_by(JobEvent.seq).all()
    assert [(event.seq, event.data["text"]) for event in log] == [(1, "preview of dev-search"), (2, "after")]


def test_an_apply_that_died_after_its_work_is_told_as_done(either: Portal, build: Callable[..., Portal]):
    change = previewed(either)
    either.runner.hold = True
    job = either.rosa.post(f"/changes/{change}/apply").json()["job"]
    either.work(1)
    either.runner.die(f"{job}-1", applied=True)
    either.runner.hold = False
    later = restarted(either, build)
    later.work()
    assert later.job(job).status == "succeeded"
    assert later.runner.history[-1].kind is RunKind.RECOVER
    assert later.runner.history[-1].follows == f"{job}-1"
    assert later.rosa.get("/services").json()[0]["status"] == "running"


def test_an_apply_that_died_before_its_work_is_told_as_cut_off(either: Portal, build: Callable[..., Portal]):
    change = previewed(either)
    either.runner.hold = True
    job = either.rosa.post(f"/changes/{change}/apply").json()["job"]
    either.work(1)
    either.runner.die(f"{job}-1")
    either.runner.hold = False
    later = restarted(either, build)
    later.work()
    assert (later.job(job).status, later.job(job).error) == ("interrupted", "cut off")
    service = later.rosa.get("/services").json()[0]
    assert service["status"] == "failed"
    assert service["settings"] is not None, "it stays in the settings, so that the next operation completes it"
    assert service["expires_at"] is not None, "what may exist costs money, so it ends too"


def test_an_apply_nobody_ever_took_up_is_started_again(either: Portal, build: Callable[..., Portal]):
    change = previewed(either)
    either.runner.hold = True
    job = either.rosa.post(f"/changes/{change}/apply").json()["job"]
    either.work(1)
    either.runner.die(f"{job}-1", began=False)
    either.runner.hold = False
    later = restarted(either, build)
    later.work()
    assert later.job(job).status == "succeeded"
    assert [run.kind for run in later.runner.history[-2:]] == [RunKind.UP, RunKind.UP]


def test_an_apply_whose_portal_was_killed_before_its_run_is_started_again(
    either: Portal, build: Callable[..., Portal], monkeypatch: pytest.MonkeyPatch
):
    change = previewed(either)
    job = either.rosa.post(f"/changes/{change}/apply").json()["job"]
    with monkeypatch.context() as killed:
        killed.setattr(either.runner, "start", lambda run: None)
        either.work(1)
    assert either.job(job).status == "running"
    later = restarted(either, build)
    later.work()
    assert later.job(job).status == "succeeded"
    assert RunKind.RECOVER not in {run.kind for run in later.runner.history}


@pytest.mark.parametrize("applied", [True, False])
def test_an_apply_of_whose_run_nothing_is_kept_is_read_back(
    either: Portal, build: Callable[..., Portal], *, applied: bool
):
    change = previewed(either)
    either.runner.hold = True
    job = either.rosa.post(f"/changes/{change}/apply").json()["job"]
    either.work(1)
    either.runner.die(f"{job}-1", applied=applied)
    # As with another data folder: it was lost, or is on the disk of another host.
    either.runner.forget(f"{job}-1")
    either.runner.prepared.clear()
    either.runner.hold = False
    later = restarted(either, build)
    later.work()
    assert [run.kind for run in later.runner.history] == [RunKind.PREVIEW, RunKind.UP, RunKind.RECOVER]
    assert later.job(job).status == ("succeeded" if applied else "interrupted")
    assert later.rosa.get("/services").json()[0]["status"] == ("running" if applied else "failed")


def test_a_recovery_that_dies_is_tried_again_and_given_up_truthfully(portal: Portal):
    change = previewed(portal)
    portal.runner.hold = True
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.work(1)
    for attempt in range(1, 9):
        portal.runner.die(f"{job}-{attempt}")
        portal.work(1)
    assert portal.job(job).status == "interrupted"
    assert "could not be found out" in portal.job(job).error
    assert portal.service(portal.rosa.get("/services").json()[0]["id"]).status == "failed"


def test_a_preview_is_retried_because_it_changes_nothing(portal: Portal):
    portal.runner.hold = True
    job = portal.rosa.ask().json()["job"]
    portal.work(1)
    portal.runner.die(f"{job}-1")
    portal.work(2)
    portal.runner.release(f"{job}-2")
    portal.work()
    assert portal.job(job).status == "succeeded"


def test_a_preview_that_always_dies_fails(portal: Portal):
    portal.runner.hold = True
    job = portal.rosa.ask().json()["job"]
    for attempt in range(1, 4):
        portal.work(1)
        portal.runner.die(f"{job}-{attempt}")
        portal.work(1)
    assert portal.job(job).status == "failed"
    assert "nothing was changed" in portal.job(job).error


def test_cancel_interrupts_once_and_kills_only_after_the_grace(build: Callable[..., Portal], sqlite_url: str):
    portal = build(sqlite_url, cancel_grace_seconds=60)
    change = previewed(portal)
    portal.runner.hold = True
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.work(1)
    assert portal.rosa.post(f"/jobs/{job}/cancel").status_code == 202
    portal.work(3)
    run = portal.runner.runs[f"{job}-1"]
    assert (run.interrupted, run.alive) == (1, True)
    with portal.deps.database.session() as session:
        session.get_one(Job, job).kill_at = now() - timedelta(seconds=1)
    portal.work(1)
    assert not run.alive
    portal.runner.hold = False
    portal.work(3)
    assert portal.job(job).status == "cancelled", "killed, read back, and told for what it was asked"


def test_a_cancelled_run_that_saved_ends_as_cancelled(portal: Portal):
    change = previewed(portal)
    portal.runner.hold = True
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.work(1)
    portal.rosa.post(f"/jobs/{job}/cancel")
    portal.work(1)
    portal.runner.script = [Outcome(result=Result.CANCELLED, error="stopped", state_version="state-7")]
    portal.runner.release(f"{job}-1")
    portal.work(1)
    assert portal.job(job).status == "cancelled"
    assert portal.rosa.get("/services").json()[0]["status"] == "failed", "parts of it may exist"


def test_a_queued_job_is_cancelled_without_a_run(portal: Portal):
    job = portal.rosa.ask().json()["job"]
    portal.rosa.post(f"/jobs/{job}/cancel")
    portal.work()
    assert portal.job(job).status == "cancelled"
    assert portal.runner.history == []
    assert portal.rosa.post(f"/jobs/{job}/cancel").status_code == 409


def test_a_job_over_its_time_is_interrupted(portal: Portal):
    portal.runner.hold = True
    job = portal.rosa.ask().json()["job"]
    portal.work(1)
    with portal.deps.database.session() as session:
        session.get_one(Job, job).deadline = now() - timedelta(seconds=1)
    portal.work(1)
    assert portal.runner.runs[f"{job}-1"].interrupted == 1


def test_a_run_that_cannot_be_started_fails_its_job(portal: Portal):
    portal.runner.refuse_start = True
    job = portal.rosa.ask().json()["job"]
    portal.work()
    assert portal.job(job).status == "failed"
    assert "no Pulumi here" in portal.job(job).error


def test_withdrawing_a_change_stops_its_preview_and_stays_withdrawn(portal: Portal):
    portal.runner.hold = True
    accepted = portal.rosa.ask().json()
    portal.work(1)
    assert portal.rosa.post(f"/changes/{accepted['change']}/withdraw").status_code == 200
    portal.work(1)
    assert portal.runner.runs[f"{accepted['job']}-1"].interrupted == 1
    portal.runner.release()
    portal.work()
    assert portal.rosa.get(f"/changes/{accepted['change']}").json()["status"] == "withdrawn"
    assert portal.rosa.get("/services").json() == []


def test_a_job_that_cannot_be_begun_fails_alone(portal: Portal, caplog: pytest.LogCaptureFixture):
    change = previewed(portal)
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    other = portal.otto.ask(team="support").json()["job"]
    with portal.deps.database.session() as session:
        session.get_one(Change, change).fingerprint = {"of": "another version"}
    portal.work()
    assert portal.job(other).status == "succeeded"
    assert (portal.job(job).status, portal.rosa.get(f"/changes/{change}").json()["status"]) == ("failed", "failed")
    assert portal.job(job).error == "could not be started: ValidationError; the portal's log has the details"
    assert "Traceback" in caplog.text


def test_a_job_that_cannot_be_followed_holds_up_no_other(
    portal: Portal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    portal.runner.hold = True
    job = portal.rosa.ask().json()["job"]
    portal.work(1)
    portal.runner.hold = False
    progress = portal.runner.progress

    def unreadable(run: str, offset: int) -> Progress:
        if run == f"{job}-1":
            raise ValueError("no JSON")
        return progress(run, offset)

    monkeypatch.setattr(portal.runner, "progress", unreadable)
    other = portal.otto.ask(team="support").json()["job"]
    portal.work()
    assert (portal.job(job).status, portal.job(other).status) == ("running", "succeeded")
    assert caplog.text.count(f"job {job} cannot be followed") == 1, "not five lines a second"


def test_an_apply_of_a_service_that_is_gone_ends_and_does_not_bring_it_back(portal: Portal):
    change = previewed(portal)
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    with portal.deps.database.session() as session:
        service = session.get_one(Change, change).service_id
        session.get_one(Service, service).status = "gone"
    portal.rosa.ask()
    portal.work()
    assert (portal.job(job).status, portal.job(job).error) == ("cancelled", "qwen was deleted: request a new one")
    assert portal.rosa.get(f"/changes/{change}").json()["status"] == "failed"
    assert portal.service(service).status == "gone"


def test_an_apply_of_a_team_that_was_locked_meanwhile_does_not_begin(portal: Portal):
    change = previewed(portal)
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.adam.post("/teams/search/lock", reason="audit")
    portal.work()
    reason = "team search is locked: audit; preview again when it is unlocked"
    assert (portal.job(job).status, portal.job(job).error) == ("cancelled", reason)
    assert portal.rosa.get(f"/changes/{change}").json()["error"] == reason
    assert portal.runner.stacks["dev-search"].services == {}
    portal.adam.post("/teams/search/unlock")
    portal.rosa.post(f"/changes/{change}/preview")
    portal.work()
    assert portal.rosa.post(f"/changes/{change}/apply").status_code == 202


HELD = Outcome(result=Result.FAILED, error="the stack is held by ann@laptop", nothing_done=True)


def applying(portal: Portal) -> tuple[str, str]:
    """A service, and the job of its first apply, which runs until the test ends it."""
    change = previewed(portal)
    portal.runner.hold = True
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.work(1)
    return portal.rosa.get("/services").json()[0]["id"], job


def log_of(portal: Portal, job: str) -> list[str]:
    with portal.deps.database.reading() as session:
        events = session.query(JobEvent).filter(JobEvent.job_id == job).order_by(JobEvent.seq)
        return [event.data["text"] for event in events]


def wait_over(portal: Portal, job: str) -> None:
    portal.deps.dispatcher.recovery.deferred[job] = 0.0


def test_an_apply_that_was_done_and_could_not_be_read_is_read_back(either: Portal):
    service, job = applying(either)
    either.runner.die(f"{job}-1", applied=True)
    either.runner.runs[f"{job}-1"].outcome = Outcome(result=Result.FAILED, error="no backend")
    either.runner.hold = False
    either.work()
    assert either.runner.history[-1].kind is RunKind.RECOVER
    assert (either.job(job).status, either.service(service).status) == ("succeeded", "running")
    assert either.service(service).expires_at is not None


def test_reading_back_waits_for_somebody_elses_lock(portal: Portal):
    service, job = applying(portal)
    portal.runner.die(f"{job}-1", applied=True)
    portal.runner.hold, portal.runner.script = False, [HELD]
    portal.work(5)
    assert (portal.job(job).status, portal.service(service).status) == ("running", "deploying")
    assert [run.id for run in portal.runner.history[-2:]] == [f"{job}-1", f"{job}-2"], "not at once"
    notes = [line for line in log_of(portal, job) if "trying again" in line]
    assert notes == ["the stack cannot be read back yet, trying again in 1 min: the stack is held by ann@laptop"]
    wait_over(portal, job)
    portal.work()
    assert (portal.job(job).status, portal.service(service).status) == ("succeeded", "running")


def test_waiting_for_a_lock_is_found_again_after_a_kill(portal: Portal, build: Callable[..., Portal]):
    _, job = applying(portal)
    portal.runner.die(f"{job}-1", applied=True)
    portal.runner.hold, portal.runner.script = False, [HELD]
    portal.work()
    later = restarted(portal, build)
    later.work()
    wait_over(later, job)
    later.work()
    assert later.job(job).status == "succeeded"


def test_a_job_that_waits_for_a_lock_takes_no_place(build: Callable[..., Portal], sqlite_url: str):
    portal = build(sqlite_url, parallel_jobs=1)
    _, job = applying(portal)
    portal.runner.die(f"{job}-1")
    portal.runner.hold, portal.runner.script = False, [HELD]
    portal.work()
    other = portal.otto.ask(team="support").json()["job"]
    same = portal.rosa.ask(name="second").json()["job"]
    portal.work()
    assert (portal.job(other).status, portal.job(same).status) == ("succeeded", "queued")


def test_a_lock_that_stays_is_given_up_truthfully(portal: Portal):
    service, job = applying(portal)
    portal.runner.die(f"{job}-1")
    portal.runner.hold, portal.runner.script = False, [HELD] * 7
    portal.work()
    for _ in range(7):
        wait_over(portal, job)
        portal.work(2)
    assert portal.job(job).status == "interrupted"
    assert portal.job(job).error.startswith("the stack is held by ann@laptop, and how far it came could not be found")
    kept = portal.service(service)
    assert (kept.status, kept.spec is not None, kept.expires_at is not None) == ("failed", True, True)


def test_a_reading_back_that_fails_does_not_count_as_untouched(portal: Portal):
    service, job = applying(portal)
    before = portal.runner._version("dev-search")
    portal.runner.die(f"{job}-1")
    portal.runner.hold = False
    portal.runner.script = [Outcome(result=Result.FAILED, error="no cluster", state_version=before)]
    portal.work()
    assert portal.job(job).error == "cut off, and reading the stack back failed: no cluster"
    assert (portal.service(service).status, portal.service(service).spec is not None) == ("failed", True)


def test_a_reading_back_that_cannot_be_started_is_tried_again(portal: Portal):
    service, job = applying(portal)
    portal.runner.die(f"{job}-1", applied=True)
    portal.runner.hold, portal.runner.refuse_start = False, True
    portal.work()
    assert portal.job(job).status == "running"
    assert "no Pulumi here" in log_of(portal, job)[-1]
    portal.runner.refuse_start = False
    wait_over(portal, job)
    portal.work()
    assert (portal.job(job).status, portal.service(service).status) == ("succeeded", "running")


def test_a_cancelled_job_leaves_the_addresses_of_the_stack(portal: Portal):
    service = portal.deployed()
    change = portal.rosa.post(f"/services/{service['id']}/scale", replicas=1).json()["change"]
    portal.work()
    job = portal.rosa.post(f"/changes/{change}/apply").json()["job"]
    portal.rosa.post(f"/jobs/{job}/cancel")
    portal.work()
    seen = portal.rosa.get(f"/services/{service['id']}").json()
    assert (portal.job(job).status, seen["url"], seen["status"]) == ("cancelled", "http://qwen.invalid", "running")


def test_a_time_limit_is_told_as_one(portal: Portal):
    _, job = applying(portal)
    out_of_time(portal, job)
    portal.work(2)
    limit = "over its time limit of 5400 s"
    assert log_of(portal, job)[-1] == f"{limit}: asked to save and stop"
    assert not portal.rosa.get(f"/jobs/{job}").json()["cancelling"]
    portal.runner.script = [Outcome(result=Result.CANCELLED, error="stopped; steps were saved", state_version="half")]
    portal.runner.release(f"{job}-1")
    portal.work(1)
    assert (portal.job(job).status, portal.job(job).error) == ("failed", f"{limit}: stopped; steps were saved")


def test_a_preview_that_is_killed_at_its_time_limit_is_not_called_cancelled(portal: Portal):
    portal.runner.hold = True
    job = portal.rosa.ask().json()["job"]
    portal.work(1)
    out_of_time(portal, job)
    portal.work(1)
    portal.runner.die(f"{job}-1")
    portal.work(1)
    assert (portal.job(job).status, portal.job(job).error) == ("failed", "over its time limit of 5400 s: stopped")


def out_of_time(portal: Portal, job: str) -> None:
    with portal.deps.database.session() as session:
        session.get_one(Job, job).deadline = now() - timedelta(seconds=1)
