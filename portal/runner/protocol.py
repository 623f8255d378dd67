"""Interface between the portal and Pulumi: runs, their outcomes, and the runner that carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field


class RunKind(StrEnum):
    """Kind of a run: the operation of Pulumi."""

    PREVIEW = "preview"
    UP = "up"
    PREVIEW_DESTROY = "preview-destroy"
    DESTROY = "destroy"
    DRIFT = "drift"
    """Compare the state with the cloud, change nothing."""
    RECOVER = "recover"
    """Find out how an up or destroy that was cut off ended: refresh, then compare with what was wanted."""


class Fingerprint(BaseModel):
    """Digests of everything that decides what an up does; taken at the preview, compared right before the up."""

    model_config = ConfigDict(frozen=True)

    program: str
    """Of the program's tree."""
    lock: str
    """Of the lock file of its packages."""
    config: str
    """Of the stack's settings."""
    policies: str
    """Of the policy pack."""
    policy_config: str
    """Of the pack's settings."""
    state: str
    """Of the stack's state."""
    platform: str = ""
    """Of what its platform exports to team stacks; empty for a destroy, which reads none of it."""

    def differences(self, other: "Fingerprint") -> tuple[str, ...]:
        """Which parts differ, in people's words."""
        return tuple(words for part, words in _PARTS.items() if getattr(self, part) != getattr(other, part))


_PARTS = {
    "program": "the program",
    "lock": "its locked packages",
    "config": "the stack's settings",
    "policies": "the guardrails",
    "policy_config": "the guardrails' settings",
    "state": "the stack's state",
    "platform": "what the platform exports (pools, cluster, bucket)",
}


class Run(BaseModel):
    """One operation, complete: a runner needs nothing else of the portal."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Of this attempt; the same id is never carried out twice."""
    kind: RunKind
    stack: str
    platform: str
    config: dict[str, Any]
    """The stack's settings below the program's namespace, without secrets."""
    needs_hub_token: bool = False
    expected: Fingerprint | None = None
    """What was previewed; an up or destroy that finds anything else does nothing."""
    destroys: bool = False
    """For RECOVER: whether a destroy was cut off, instead of an up."""
    removes: str | None = None
    """The service that is destroyed, with its stack or out of it: what it left in AWS is looked for afterwards."""
    follows: str | None = None
    """For RECOVER: the run that was cut off; what it left running is ended first."""
    message: str = ""
    """Written into Pulumi's history."""


class Result(StrEnum):
    """Result of a run."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    """A mandatory guardrail was violated."""
    STALE = "stale"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Cut off: the stack is between what it was and what was asked for."""


class Leftovers(BaseModel):
    """What a destroy left in AWS."""

    problem: str | None = None
    """Why nothing could be looked at; None where it could."""
    resources: list[dict[str, Any]] = Field(default_factory=list)
    """What is left, in the order in which it can be deleted: the fields of ``residue.resource.Resource``."""
    usd_per_month: float = 0.0
    """US dollars a month of those whose price is known."""
    unchecked: list[str] = Field(default_factory=list)
    """What could not be looked at, and why."""


class Outcome(BaseModel):
    """Outcome of a run that ended."""

    result: Result
    error: str | None = None
    summary: dict[str, int] = Field(default_factory=dict)
    """Resources by operation."""
    plan: list[dict[str, Any]] = Field(default_factory=list)
    """Steps of a preview: op, type, name, parent, changed property paths."""
    findings: list[dict[str, Any]] = Field(default_factory=list)
    """What the guardrails say: policy, level, resource, message."""
    fingerprint: Fingerprint | None = None
    state_version: str | None = None
    """Of the state afterwards; None when it was not read."""
    nothing_done: bool = False
    """Known to have changed nothing: it ended before the engine was let go."""
    urls: dict[str, str] | None = None
    """Service to its address, as the stack exports it; None when the exports were not read."""
    resources: int = 0
    """Resources in the state afterwards."""
    leftovers: Leftovers | None = None
    """What a destroy left in AWS; None of any other operation, and of a destroy that did not end."""


class Event(BaseModel):
    """One line of a run's log; holds no secret."""

    at: float
    """Seconds since 1970, UTC."""
    kind: str
    """resource, message, policy, summary or note."""
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Progress of a run."""

    events: list[Event]
    offset: int
    """Where to go on reading."""
    outcome: Outcome | None
    """How it ended; None while it runs, and for ever when it was killed."""
    alive: bool


@dataclass(frozen=True, kw_only=True)
class Exports:
    """Outputs of a stack."""

    values: Mapping[str, Any] = field(repr=False)
    """In plain, secrets too: not for logs, pages or the database."""


class RunnerError(Exception):
    """Pulumi cannot be asked; the message says why, without secrets."""


class StackRunner(Protocol):
    """Carries out runs, each beside the portal rather than in it, so that the portal may end and come back."""

    def prepare(self, run: Run) -> None:
        """Write a run down, before a job says that it runs: without this, ``began`` cannot know that nothing was done.

        Raises:
            RunnerError: it cannot be written.
        """

    def start(self, run: Run) -> None:
        """Begin a run. Calling it again with the same run changes nothing.

        Raises:
            RunnerError: it cannot be begun.
        """

    def progress(self, run_id: str, offset: int) -> Progress:
        """Return the events of a run since ``offset``, and its outcome."""

    def interrupt(self, run_id: str) -> None:
        """Interrupt a run: steps under way are finished and saved."""

    def kill(self, run_id: str) -> None:
        """End a run at once; a RECOVER must follow."""

    def began(self, run_id: str) -> bool | None:
        """Whether any process ever took the run up; if not, it changed nothing. None where nothing is kept of the run."""

    def forget(self, run_id: str) -> None:
        """Delete what is kept of a finished run."""

    def fingerprint(self, run: Run) -> Fingerprint:
        """Return the fingerprint of what an operation with these settings would act on now.

        Raises:
            RunnerError: the stack cannot be read.
        """

    def exports(self, stack: str) -> Exports:
        """Return the outputs of a stack, secrets in plain.

        Raises:
            RunnerError: it cannot be read.
        """

    def check(self) -> None:
        """Raise RunnerError when Pulumi cannot be run at all."""

    def lost(self) -> str | None:
        """Return what Pulumi needs and is missing; None when nothing is. Quick: a probe calls it."""
