"""A scripted runner: in this process, with stacks that are a version and a set of services."""

import time
from dataclasses import dataclass, field
from typing import Any

from portal.runner.protocol import (
    Event,
    Exports,
    Fingerprint,
    Leftovers,
    Outcome,
    Progress,
    Result,
    Run,
    RunKind,
    RunnerError,
)

FACTS = {
    "region": "us-east-1",
    "zones": ["a", "b"],
    "namespace": "llm",
    "load_balancer_cidrs": {"internal": ["10.0.0.0/26"], "internet-facing": ["10.0.1.0/24"]},
    "pools": {
        "system": {
            "kind": "system",
            "instance_types": ["m5.xlarge"],
            "gpus_per_node": 0,
            "desired": 2,
            "max": 4,
            "labels": {},
            "taints": [],
        },
        "g5": {
            "kind": "gpu",
            "instance_types": ["g5.2xlarge"],
            "gpus_per_node": 1,
            "desired": 6,
            "max": 6,
            "labels": {},
            "taints": [],
            "team_gpus": 6,
        },
    },
}


@dataclass
class FakeStack:
    """What a stack holds."""

    version: int = 0
    services: dict[str, Any] = field(default_factory=dict)


@dataclass
class FakeRun:
    """A run under way."""

    run: Run
    events: list[Event]
    outcome: Outcome | None
    alive: bool = True
    began: bool = True
    interrupted: int = 0
    held: bool = False


class FakeRunner:
    """A StackRunner whose runs end at once, unless a test holds, kills or scripts them."""

    def __init__(self) -> None:
        self.stacks: dict[str, FakeStack] = {}
        self.runs: dict[str, FakeRun] = {}
        self.history: list[Run] = []
        self.prepared: set[str] = set()
        """Ids of the runs that were written down."""
        self.hold = False
        """Whether new runs go on until they are released."""
        self.script: list[Outcome] = []
        """Outcomes of the next runs, instead of what would happen."""
        self.findings: list[dict[str, Any]] = []
        self.program = "program-1"
        self.platform = "pools-1"
        """What the platform exports."""
        self.refuse_start = False
        self.missing: str | None = None
        self.kubeconfig: str | None = None
        """What the platform exports to reach its cluster."""
        self.gateway: dict[str, str] = {}
        """What the platform exports of its gateway; nothing for a platform without one."""
        self.monitoring: dict[str, str] = {}
        """What the platform exports of its metrics; nothing for a platform without monitoring."""
        self.leftovers = Leftovers()
        """What a destroy leaves in AWS."""

    def prepare(self, run: Run) -> None:
        self.prepared.add(run.id)

    def start(self, run: Run) -> None:
        if self.refuse_start:
            raise RunnerError("no Pulumi here")
        if run.id in self.runs:
            return
        self.history.append(run)
        event = Event(at=time.time(), kind="note", data={"text": f"{run.kind} of {run.stack}"})
        self.runs[run.id] = FakeRun(run=run, events=[event], outcome=None, held=self.hold)
        if not self.hold:
            self.release(run.id)

    def release(self, run_id: str | None = None) -> None:
        """Let a run, or all of them, end."""
        for each in [self.runs[run_id]] if run_id else list(self.runs.values()):
            if each.outcome is None and each.alive:
                each.outcome = self.script.pop(0) if self.script else self._carry_out(each.run)
                each.alive = False

    def die(self, run_id: str, *, applied: bool = False, began: bool = True) -> None:
        """Cut a run off without a word, before or after it did its work."""
        each = self.runs[run_id]
        if applied:
            self._carry_out(each.run)
        each.alive, each.outcome, each.began = False, None, began

    def progress(self, run_id: str, offset: int) -> Progress:
        each = self.runs.get(run_id)
        if each is None:
            return Progress(events=[], offset=offset, outcome=None, alive=False)
        # In this order, as a run folder does: what is said meanwhile comes with the next look, and before the end.
        alive, outcome = each.alive, each.outcome
        events = each.events[offset:]
        return Progress(events=events, offset=offset + len(events), outcome=outcome, alive=alive)

    def began(self, run_id: str) -> bool | None:
        if run_id in self.runs:
            return self.runs[run_id].began
        return False if run_id in self.prepared else None

    def interrupt(self, run_id: str) -> None:
        self.runs[run_id].interrupted += 1

    def kill(self, run_id: str) -> None:
        self.runs[run_id].alive = False

    def forget(self, run_id: str) -> None:
        self.runs.pop(run_id, None)

    def fingerprint(self, run: Run) -> Fingerprint:
        return Fingerprint(
            program=self.program,
            lock="lock",
            config=repr(run.config),
            policies="policies",
            policy_config="",
            state=self._version(run.stack),
            platform=self.platform,
        )

    def exports(self, stack: str) -> Exports:
        if stack == "dev":
            kubeconfig = {"kubeconfig": self.kubeconfig} if self.kubeconfig else {}
            return Exports(values={"platform": FACTS} | kubeconfig | self.gateway | self.monitoring)
        services = self._stack(stack).services
        return Exports(
            values={f"{name}_url": f"http://{name}.invalid" for name in services}
            | {f"{name}_api_key": f"sk-very-secret-{name}" for name in services}
        )

    def check(self) -> None:
        return

    def lost(self) -> str | None:
        return self.missing

    def change_from_outside(self, stack: str) -> None:
        """What somebody with a terminal did."""
        self._stack(stack).version += 1

    def _stack(self, name: str) -> FakeStack:
        return self.stacks.setdefault(name, FakeStack())

    def _version(self, stack: str) -> str:
        return f"state-{self._stack(stack).version}"

    def _carry_out(self, run: Run) -> Outcome:
        stack = self._stack(run.stack)
        wanted = run.config["services"]
        match run.kind:
            case RunKind.PREVIEW | RunKind.PREVIEW_DESTROY:
                if any(finding["level"] == "mandatory" for finding in self.findings):
                    return self._outcome(run, Result.REFUSED, "the guardrails forbid it: service-exposed")
                return self._outcome(run, Result.SUCCEEDED)
            case RunKind.UP | RunKind.DESTROY:
                if run.expected is None or run.expected.differences(self.fingerprint(run)):
                    return self._outcome(
                        run, Result.STALE, "the stack's state changed since the preview: preview again"
                    )
                stack.services = dict(wanted)
                stack.version += 1
                return self._outcome(run, Result.SUCCEEDED)
            case RunKind.DRIFT:
                return self._outcome(run, Result.SUCCEEDED)
            case RunKind.RECOVER:
                stack.version += 1
                done = stack.services == wanted
                return self._outcome(run, Result.SUCCEEDED if done else Result.INTERRUPTED, None if done else "cut off")

    def _outcome(self, run: Run, result: Result, error: str | None = None) -> Outcome:
        stack = self._stack(run.stack)
        urn = f"urn:pulumi:{run.stack}::llm-platform::llm:serving:VllmService::x"
        steps = [
            {
                "op": "create",
                "type": "llm.serving.VllmService",
                "name": name,
                "urn": f"{urn}{name}",
                "parent": "",
                "changed": [],
            }
            for name in run.config["services"]
            if name not in stack.services
        ]
        return Outcome(
            result=result,
            error=error,
            summary={"create": len(steps)} if steps else {"same": len(stack.services)},
            plan=steps,
            findings=self.findings,
            fingerprint=self.fingerprint(run) if result is Result.SUCCEEDED else None,
            state_version=self._version(run.stack),
            urls={name: f"http://{name}.invalid" for name in stack.services},
            resources=len(stack.services),
            leftovers=self.leftovers if run.removes and result is Result.SUCCEEDED else None,
        )
