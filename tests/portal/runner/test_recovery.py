"""A run that was cut off: its lock is removed only when its owner is gone, then the stack is read back."""

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation._cmd import CommandResult

from portal.runner import adoption, reading, recovery
from portal.runner.connection import Connection
from portal.runner.protocol import Result, Run, RunKind
from portal.runner.redaction import Redactor
from portal.runner.translate import Translator
from portal.runner.workspace import Workspace

NEVER = 2**22 + 7  # above the largest pid Linux gives

LEFT = {"urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b", "type": "aws:s3/bucket:Bucket", "custom": True}


class Stack:
    """Answers as the SDK's stack does, locked until it is cancelled."""

    def __init__(self, pid: int | None, *, left: dict[str, int] | None = None) -> None:
        self.pid, self.left, self.calls = pid, left or {}, []

    def refresh(self, **options: Any) -> None:
        self.calls.append("refresh")
        if self.pid is not None:
            owner = f"created by me@{socket.gethostname()} (pid {self.pid}) at 2038-01-01T00:00:00Z"
            text = f"error: the stack is currently locked by 1 lock(s).\n  file:///x.json: {owner}"
            raise auto.ConcurrentUpdateError(CommandResult(stdout="", stderr=text, code=255))

    def cancel(self) -> None:
        self.calls.append("cancel")
        self.pid = None

    def preview(self, on_event: Any, **options: Any) -> None:
        self.calls.append("preview")
        summary = SimpleNamespace(resource_changes=self.left, duration_seconds=1)
        names = ("resource_pre_event", "res_outputs_event", "res_op_failed_event", "diagnostic_event", "policy_event")
        on_event(SimpleNamespace(**dict.fromkeys(names), summary_event=summary))


@pytest.fixture
def recover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "deployment", lambda _: {"resources": [LEFT]})
    connection = Connection(
        program_dir=tmp_path, data_dir=tmp_path, pulumi_root=None, environment={}, secrets_provider="passphrase"
    )
    log: list[dict[str, Any]] = []

    def go(stack: Stack):
        run = Run(id="j-2", kind=RunKind.RECOVER, stack="dev-search", platform="dev", config={}, follows="j-1")
        redactor = Redactor()
        tell = Translator(lambda _, data: log.append(data), redactor)
        workspace = Workspace(connection=connection, stack="dev-search")
        return recovery.recover(run, workspace, stack, tell, redactor), log

    return go


def test_a_dead_owners_lock_is_removed_and_the_stack_read_back(recover):
    stack = Stack(NEVER)
    (result, _), log = recover(stack)
    assert stack.calls == ["refresh", "cancel", "refresh", "preview"]
    assert result is Result.SUCCEEDED
    assert {"text": "removed the lock of the operation that was cut off"} in log


def test_a_living_owners_lock_stays(recover):
    stack = Stack(1)
    with pytest.raises(auto.ConcurrentUpdateError):
        recover(stack)
    assert stack.calls == ["refresh"]


def test_what_is_left_to_do_is_told(recover):
    (result, error), _ = recover(Stack(None, left={"update": 1, "create": 2, "same": 9}))
    assert result is Result.INTERRUPTED
    assert error == "cut off with 2 to create, 1 to update; preview again to go on"


def test_after_a_recovery_the_next_update_takes_over_what_was_being_made_in_the_cluster(recover, tmp_path, monkeypatch):
    workspace = Workspace(connection=SimpleNamespace(data_dir=tmp_path), stack="dev-search")  # type: ignore[arg-type]

    def interrupted(*kinds: str) -> None:
        pending = [{"type": "creating", "resource": {"urn": f"urn::{kind}::x", "type": kind}} for kind in kinds]
        pending.append({"type": "updating", "resource": {"urn": "urn::u", "type": "kubernetes:core/v1:Secret"}})
        monkeypatch.setattr(reading, "deployment", lambda _: {"resources": [LEFT], "pending_operations": pending})
        recover(Stack(None))

    interrupted("aws:s3/bucket:Bucket")
    assert adoption.environment(workspace) == {}
    interrupted("aws:s3/bucket:Bucket", "kubernetes:apps/v1:Deployment")
    assert adoption.environment(workspace) == adoption.ENVIRONMENT
    adoption.done(workspace)
    assert adoption.environment(workspace) == {}
