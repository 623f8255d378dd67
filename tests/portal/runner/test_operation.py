"""How one run ends: stopped before it did anything, held by somebody, or with a stack that cannot be read any more."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation._cmd import CommandResult

from portal.runner import fingerprint, operation, reading
from portal.runner.connection import Connection
from portal.runner.protocol import Fingerprint, Outcome, Result, Run, RunKind, RunnerError
from portal.runner.redaction import Redactor
from portal.runner.translate import Translator

SEEN = Fingerprint(program="p", lock="l", config="c", policies="p", policy_config="", state="s")
LOCKED = """error: the stack is currently locked by 1 lock(s).
  file:///x.json: created by ann@laptop (pid 77) at 2038-01-01T00:00:00Z"""


class Stack:
    """Answers as the SDK's stack does; ``complaint`` is what an operation ends with."""

    def __init__(self, complaint: Exception | None = None) -> None:
        self.complaint, self.calls = complaint, []

    def __getattr__(self, name: str) -> Callable[..., None]:
        def operation(**_options: Any) -> None:
            self.calls.append(name)
            if self.complaint is not None:
                raise self.complaint

        return operation

    def history(self, **_options: Any) -> list[SimpleNamespace]:
        return []


def failed(text: str, kind: type[auto.CommandError] = auto.CommandError) -> auto.CommandError:
    return kind(CommandResult(stdout="", stderr=text, code=255))


@pytest.fixture
def perform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "fingerprint_of", lambda _run, _workspace: SEEN)
    monkeypatch.setattr(reading, "deployment", lambda _: {"resources": []})
    monkeypatch.setattr(reading, "exports", lambda _, *, secrets: {"qwen_url": "http://qwen"})
    monkeypatch.setattr(fingerprint, "policy_pack", lambda _: None)
    connection = Connection(
        program_dir=tmp_path, data_dir=tmp_path, pulumi_root=None, environment={}, secrets_provider="passphrase"
    )

    def go(stack: Stack, kind: RunKind = RunKind.UP, stop: Callable[[], bool] = lambda: False) -> Outcome:
        monkeypatch.setattr(operation.Operation, "_open", lambda _: stack)
        run = Run(id="j-1", kind=kind, stack="dev-search", platform="dev", config={}, expected=SEEN)
        redactor = Redactor()
        return operation.perform(run, connection, Translator(lambda *_: None, redactor), redactor, stop)

    return go


def stopped_after(looks: int) -> Callable[[], bool]:
    asked = count()
    return lambda: next(asked) >= looks


def unreadable(*_: Any, **__: Any) -> Any:
    raise RunnerError("no backend")


@pytest.mark.parametrize("kind", [kind for kind in RunKind if kind is not RunKind.RECOVER])
@pytest.mark.parametrize("heard", [0, 1])
def test_a_run_that_was_cancelled_before_its_operation_does_nothing(perform, kind: RunKind, heard: int):
    stack = Stack()
    outcome = perform(stack, kind, stopped_after(heard))
    assert (outcome.result, outcome.nothing_done) == (Result.CANCELLED, True)
    assert stack.calls == []


def test_an_up_that_was_done_but_cannot_be_read_says_so(perform, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "exports", unreadable)
    outcome = perform(Stack())
    assert (outcome.state_version, outcome.nothing_done, outcome.urls) == (None, False, None)
    assert outcome.error == "done, but the stack could not be read afterwards: no backend"


def test_an_up_that_failed_tells_why_even_if_the_stack_cannot_be_read(perform, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "deployment", unreadable)
    outcome = perform(Stack(failed("error: no nodes")))
    assert (outcome.result, outcome.state_version, outcome.nothing_done) == (Result.FAILED, None, False)
    assert "error: no nodes" in outcome.error


def test_a_run_that_failed_before_its_operation_did_nothing(perform, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "fingerprint_of", unreadable)
    monkeypatch.setattr(reading, "deployment", unreadable)
    outcome = perform(Stack())
    assert (outcome.result, outcome.nothing_done) == (Result.FAILED, True)


def test_a_held_stack_is_told_with_who_holds_it(perform):
    outcome = perform(Stack(failed(LOCKED, auto.ConcurrentUpdateError)))
    assert outcome.nothing_done
    assert "held by ann@laptop (pid 77) at 2038-01-01T00:00:00Z" in outcome.error


def test_a_cancelled_up_saved_its_steps_and_says_so(perform):
    outcome = perform(Stack(failed("error: update cancelled")), stop=stopped_after(2))
    assert (outcome.result, outcome.nothing_done) == (Result.CANCELLED, False)
    assert outcome.error == "stopped; steps under way were saved"
