"""A runner whose stacks look like real ones, and a model that answers: for pages, without Pulumi."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portal.runner.protocol import Event, Exports, Fingerprint, Outcome, Result, Run, RunKind
from tests.portal.fakes import FACTS, FakeRunner

_LARGE = {
    "kind": "gpu",
    "instance_types": ["g5.12xlarge"],
    "gpus_per_node": 4,
    "desired": 1,
    "max": 2,
    "labels": {},
    "taints": [],
    "team_gpus": 8,
    "capacity": "spot",
}
_LAUNCHED = FACTS["pools"]["g5"] | {"provisioner": "karpenter"}
_CHILDREN = {
    "": "kubernetes.core.ServiceAccount",
    "-api-key": "kubernetes.core.Secret",
    "-deployment": "kubernetes.apps.Deployment",
    "-service": "kubernetes.core.Service",
    "-budget": "kubernetes.policy.PodDisruptionBudget",
    "-network": "kubernetes.networking.NetworkPolicy",
}
REFUSED = {
    "policy": "trust-remote-code",
    "level": "mandatory",
    "resource": "qwen-deployment",
    "message": "container vllm has --trust-remote-code for a model that is not listed: leave it out, or put the "
    "reviewed model on the rule's list",
}
REMARK = {
    "policy": "required-tags",
    "level": "advisory",
    "resource": "qwen-role",
    "message": "has no tag owner: set them as default tags of the AWS provider",
}


class TellingRunner(FakeRunner):
    """A FakeRunner with whole trees of resources, a guardrail on remote code, and as many lines as a test asks for."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.facts = {**FACTS, "pools": {**FACTS["pools"], "g5": _LAUNCHED, "g5-large": _LARGE}}
        self.drifted: list[dict[str, Any]] = []
        self._answers = threading.Event()
        self._answers.set()
        self._checks = threading.Event()
        self._checks.set()

    @contextmanager
    def hanging(self, *, applies: bool = False) -> Iterator[None]:
        """Whoever reads a stack, or only what an apply would act on, waits while the block runs."""
        answers = self._checks if applies else self._answers
        answers.clear()
        try:
            yield
        finally:
            answers.set()

    def fingerprint(self, run: Run) -> Fingerprint:
        self._checks.wait(60)
        return super().fingerprint(run)

    def exports(self, stack: str) -> Exports:
        self._answers.wait(60)
        if stack == "dev":
            known = {"platform": self.facts, "kubeconfig": self.kubeconfig}
            return Exports(values=known | self.gateway | self.monitoring)
        found = dict(super().exports(stack).values)
        return Exports(values=found | {name: self.endpoint for name in found if name.endswith("_url")})

    def say(self, run_id: str, kind: str, **data: Any) -> None:
        """One more line of a run under way."""
        self.runs[run_id].events.append(Event(at=time.time(), kind=kind, data=data))

    def held_run(self) -> str:
        """The id of the run that goes on until it is released."""
        return next(name for name, run in list(self.runs.items()) if run.alive)

    def _carry_out(self, run: Run) -> Outcome:
        if run.kind is RunKind.PREVIEW and any("trust-remote-code" in spec.get("args", {}) for spec in _specs(run)):
            return self._outcome(run, Result.REFUSED, "the guardrails forbid it: trust-remote-code").model_copy(
                update={"findings": [REFUSED]}
            )
        if run.kind is RunKind.DRIFT:
            return self._outcome(run, Result.SUCCEEDED).model_copy(update={"plan": self.drifted})
        return super()._carry_out(run)

    def _outcome(self, run: Run, result: Result, error: str | None = None) -> Outcome:
        stack = self._stack(run.stack)
        wanted: dict[str, Any] = run.config["services"]
        steps = [
            *(step for name in wanted if name not in stack.services for step in _steps(run.stack, name, "create")),
            *(step for name in stack.services if name not in wanted for step in _steps(run.stack, name, "delete")),
            *(
                _step(run.stack, f"{name}-deployment", _CHILDREN["-deployment"], name, "update", ["spec.replicas"])
                for name, spec in wanted.items()
                if name in stack.services and stack.services[name] != spec
            ),
        ]
        counts: dict[str, int] = {}
        for step in steps:
            counts[step["op"]] = counts.get(step["op"], 0) + 1
        found = super()._outcome(run, result, error)
        urls = dict.fromkeys(stack.services, self.endpoint)
        return found.model_copy(update={"plan": steps, "summary": counts or {"same": 3}, "urls": urls})


@contextmanager
def model_endpoint() -> Iterator[str]:
    """An address at which a model answers the way vLLM does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Model)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


class _Model(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"]))
        if not sent:
            return  # the client has gone before its body came
        asked = json.loads(sent)
        text = f"You said: {asked['messages'][0]['content']}"
        body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        return


def _specs(run: Run) -> list[dict[str, Any]]:
    return list(run.config["services"].values())


def _steps(stack: str, name: str, op: str) -> Iterator[dict[str, Any]]:
    yield _step(stack, name, "llm.serving.VllmService", None, op)
    yield _step(stack, f"{name}-role", "aws.iam.Role", name, op)
    for suffix, kind in _CHILDREN.items():
        yield _step(stack, f"{name}{suffix}", kind, name, op)


def _step(
    stack: str, name: str, kind: str, parent: str | None, op: str, changed: list[str] | None = None
) -> dict[str, Any]:
    return {
        "op": op,
        "type": kind,
        "name": name,
        "urn": f"urn:pulumi:{stack}::llm-platform::{kind}::{name}",
        "parent": f"urn:pulumi:{stack}::llm-platform::llm.serving.VllmService::{parent}" if parent else "",
        "changed": changed or [],
    }
