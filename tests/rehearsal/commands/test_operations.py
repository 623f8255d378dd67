"""How an operation ends: exit codes, what goes to standard output, locks and pending creations."""

import json
import os
import signal
import threading
import time

import pytest

from cli.console import UsageError
from preflight.finding import refusal
from preflight.preview import show
from preflight.run import Report
from rehearsal.commands import operations
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.commands.operations import Request
from rehearsal.sandboxes import open_or_create
from rehearsal.stacks import events
from rehearsal.stacks.stack_lock import HeldError
from tests.harness import deploy
from tests.rehearsal.commands.conftest import SET_QUOTAS

STEP = {"resourcePreEvent": {"metadata": {"op": "create", "urn": "urn:a"}}}
FINDING = {"policyName": "open", "message": "open to the world"}
MANDATORY = {"policyEvent": FINDING | {"enforcementLevel": "mandatory"}}
ADVISORY = {"policyEvent": FINDING | {"enforcementLevel": "advisory"}}


def request(operation="up", **others) -> Request:
    return Request(operation=operation, stack="dev", sandbox="default", **others)


def calls(folder) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "calls").read_text().splitlines()]


@pytest.mark.parametrize(
    ("code", "events", "expected"),
    [
        (0, [STEP], ExitCode.DONE),
        (0, [ADVISORY], ExitCode.DONE),
        (1, [STEP], ExitCode.FAILED),
        (255, [ADVISORY], ExitCode.FAILED),
        (1, [MANDATORY], ExitCode.REFUSED_BY_POLICY),
    ],
)
def test_exit_codes(play, code, events, expected):
    play(code, *events)
    assert operations.run(request()) is expected


def test_json_is_the_events_and_nothing_else(play, capfd):
    play(0, STEP, ADVISORY)
    operations.run(request(json=True))
    assert [json.loads(line) for line in capfd.readouterr().out.splitlines()] == [STEP, ADVISORY]


def test_without_json_the_engines_own_display_is_shown(play, capfd):
    play(0, STEP)
    operations.run(request())
    assert capfd.readouterr().out == "the engine's own display\n"


def test_a_new_stack_is_made_once(play):
    folder = play(0)
    operations.run(request())
    operations.run(request())
    assert [call[:3] for call in calls(folder)].count(["stack", "init", "dev"]) == 1


def test_a_living_lock_holds_the_stack(play, lock):
    play(0)
    path = lock(open_or_create("default")[0])
    with pytest.raises(HeldError, match=rf"held by me@.*pid {os.getppid()}"):
        operations.run(request())
    assert path.exists()


def test_a_preview_needs_no_lock(play, lock):
    play(0)
    lock(open_or_create("default")[0])
    assert operations.run(request("preview")) is ExitCode.DONE


def test_a_dead_lock_is_removed_with_a_line(play, lock, dead_pid, capfd):
    play(0)
    path = lock(open_or_create("default")[0], dead_pid)
    assert operations.run(request()) is ExitCode.DONE
    assert not path.exists()
    assert "removed the lock of an operation that is gone: me@" in capfd.readouterr().err


def test_pending_creations_are_cleared_before_the_up(play, capfd):
    folder = play(0)
    sandbox, _ = open_or_create("default")
    state = sandbox.state / ".pulumi" / "stacks" / "platform"
    state.mkdir(parents=True)
    token = {"urn": "urn:a::kubernetes:core/v1:Secret::token", "type": "kubernetes:core/v1:Secret"}
    pending = [{"resource": token, "type": "creating"}]
    (state / "dev.json").write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": pending}}}))
    operations.run(request())
    first, second = calls(folder)
    assert first[0] == "refresh"
    assert "--clear-pending-creates" in first
    assert second[0] == "up"
    told = capfd.readouterr().err
    assert "PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true PULUMI_K8S_ENABLE_PATCH_FORCE=true rehearse up --stack dev" in told


def test_an_interrupt_reaches_the_engine_once_and_ends_with_one_line(play, capfd):
    folder = play(0, STEP, hang=True)

    def interrupt() -> None:
        while not (folder / "hanging").exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert operations.run(request(json=True)) is ExitCode.FAILED
    thread.join()
    assert "interrupted: what was running is finished and saved" in capfd.readouterr().err


def test_operations_on_what_is_not_there_are_bad_use(play):
    play(0)
    for operation in ("refresh", "destroy"):
        with pytest.raises(UsageError, match="has no stack 'dev'"):
            operations.run(request(operation))
    with pytest.raises(UsageError, match="no stack 'nowhere'"):
        operations.run(Request(operation="up", stack="nowhere", sandbox="default"))


def test_policy_packs(play, checkout, tmp_path):
    folder = play(0)
    operations.run(request())
    assert "--policy-pack" not in calls(folder)[-1]
    (checkout / "policies").mkdir()
    (checkout / "policies" / "PulumiPolicy.yaml").touch()
    operations.run(request("preview"))
    assert str(checkout / "policies") in calls(folder)[-1]
    operations.run(request("preview", no_policy_pack=True))
    assert "--policy-pack" not in calls(folder)[-1]
    with pytest.raises(UsageError, match=r"PulumiPolicy\.yaml is missing"):
        operations.run(request(policy_pack=tmp_path))
    with pytest.raises(UsageError, match="exclude each other"):
        operations.run(request(policy_pack=tmp_path, no_policy_pack=True))


def test_an_up_under_policies_previews_first_and_stops_there_when_refused(play, checkout, capfd):
    (checkout / "policies").mkdir()
    (checkout / "policies" / "PulumiPolicy.yaml").touch()
    policy = {"policyName": "no-gpus", "enforcementLevel": "mandatory", "message": "<{%bold%}>too many<{%reset%}>\n"}
    folder = play(1, {"policyEvent": policy})
    assert operations.run(request()) is ExitCode.REFUSED_BY_POLICY
    assert [call[0] for call in calls(folder)] == ["stack", "preview"]
    assert "no-gpus: too many\nrefused by policy in the preview: nothing was changed" in capfd.readouterr().err
    play(0, STEP)
    assert operations.run(request(json=True)) is ExitCode.DONE
    assert [call[0] for call in calls(folder)][2:] == ["preview", "up"]
    assert capfd.readouterr().out.count("resourcePreEvent") == 1


def test_a_preview_that_fails_for_another_reason_leaves_the_telling_to_the_up(play, checkout):
    (checkout / "policies").mkdir()
    (checkout / "policies" / "PulumiPolicy.yaml").touch()
    folder = play(1, STEP)
    assert operations.run(request()) is ExitCode.FAILED
    assert calls(folder)[-1][0] == "up"


def diagnostic(severity: str, message: str) -> dict:
    return {"diagnosticEvent": {"severity": severity, "message": message}}


def test_a_preview_that_the_preflight_refuses_ends_the_up_before_it_begins(play, capfd, monkeypatch):
    monkeypatch.setattr(operations.policy_pack, "arguments", lambda *_: ["--policy-pack", "x"])
    warned = diagnostic("warning", "preflight: quota L-DB2E81BA: allows 0 vCPUs")
    reason = f"{events.REFUSED_BY_AWS} for 1 reason:\nnetwork.zones[1]: us-east-1e is use1-az3"
    folder = play(1, warned, diagnostic("error", reason))
    assert operations.run(request()) is ExitCode.FAILED
    told = capfd.readouterr().err
    assert "preflight: quota L-DB2E81BA" in told
    assert "us-east-1e is use1-az3" in told
    assert [call[0] for call in calls(folder) if call[0] in {"preview", "up"}] == ["preview"]


def test_the_program_words_its_refusal_as_the_rehearsal_looks_for_it():
    found = deploy(lambda: show(Report(findings=(refusal("a", "b"),))))
    assert str(found.error).startswith(events.REFUSED_BY_AWS)


def test_quotas_and_replacements_reach_the_sandbox_and_the_engine(play):
    folder = play(0)
    operations.run(request(quotas=("L-DB2E81BA=0", "L-1216C47A=32"), replace=("urn:a", "urn:b")))
    assert SET_QUOTAS == {"L-DB2E81BA": 0.0, "L-1216C47A": 32.0}
    (up,) = [call for call in calls(folder) if call[0] == "up"]
    assert [up[place + 1] for place, word in enumerate(up) if word == "--replace"] == ["urn:a", "urn:b"]


@pytest.mark.parametrize("given", ["L-DB2E81BA", "g=3", "L-DB2E81BA=-1", "L-DB2E81BA=many"])
def test_a_quota_written_otherwise_is_refused(play, given):
    play(0)
    with pytest.raises(UsageError, match="CODE=VCPUS"):
        operations.run(request(quotas=(given,)))
