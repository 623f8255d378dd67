"""From the engine's events to the portal's: what happened to which resource, never a property's value."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.runner.redaction import Redactor

Sink = Callable[[str, dict[str, Any]], None]
_QUIET_OPS = frozenset({"same", "read", "refresh"})
_SHOWN_SEVERITIES = frozenset({"info", "info#err", "warning", "error"})


class Translator:
    """Takes an operation's engine events and keeps what is worth telling."""

    def __init__(self, sink: Sink, redactor: Redactor) -> None:
        """Tell ``sink``, through ``redactor``."""
        self._sink = sink
        self._redactor = redactor
        self.plan: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []
        self.summary: dict[str, int] = {}
        self.errors: list[str] = []
        self._planned: set[str] = set()

    @property
    def refused(self) -> bool:
        """Whether a mandatory guardrail was violated."""
        return any(finding["level"] == "mandatory" for finding in self.findings)

    @property
    def changes(self) -> dict[str, int]:
        """Resources by operation, those left as they were not counted."""
        return {op: count for op, count in self.summary.items() if op not in _QUIET_OPS}

    def __call__(self, event: Any) -> None:
        """Take one ``EngineEvent``."""
        if event.resource_pre_event is not None:
            self._step(event.resource_pre_event.metadata, "begin")
        elif event.res_outputs_event is not None:
            self._step(event.res_outputs_event.metadata, "done")
        elif event.res_op_failed_event is not None:
            self._step(event.res_op_failed_event.metadata, "failed")
        elif event.diagnostic_event is not None:
            self._message(event.diagnostic_event)
        elif event.policy_event is not None:
            self._finding(event.policy_event)
        elif event.summary_event is not None:
            changes = event.summary_event.resource_changes or {}
            self.summary = {_text(op): count for op, count in changes.items()}
            self._tell("summary", {"changes": self.summary, "seconds": event.summary_event.duration_seconds})

    def note(self, text: str) -> None:
        """Something the run itself has to say."""
        self._tell("note", {"text": text})

    def _step(self, metadata: Any, phase: str) -> None:
        op = _text(metadata.op)
        if op in _QUIET_OPS:
            return
        step = {"op": op, "type": short_type(metadata.type), "name": metadata.urn.rsplit("::", 1)[-1]}
        # What a refresh finds changed shows at its end only: it begins as a refresh, which changes nothing.
        if metadata.urn not in self._planned:
            self._planned.add(metadata.urn)
            state = metadata.new or metadata.old
            parent = state.parent if state else ""
            changed = sorted(metadata.detailed_diff or ()) or sorted(metadata.diffs or ()) or _different(metadata)
            entry = step | {"urn": metadata.urn, "parent": parent or "", "changed": changed}
            self.plan.append(self._redactor.data(entry))
        self._tell("resource", step | {"phase": phase})

    def _message(self, event: Any) -> None:
        text = event.message.strip()
        if event.severity not in _SHOWN_SEVERITIES or event.ephemeral or not text:
            return
        severity = "info" if event.severity == "info#err" else event.severity
        if severity == "error":
            self.errors.append(self._redactor.text(text))
        name = event.urn.rsplit("::", 1)[-1] if event.urn else ""
        self._tell("message", {"severity": severity, "resource": name, "text": text})

    def _finding(self, event: Any) -> None:
        finding = {
            "policy": event.policy_name,
            "level": event.enforcement_level,
            "resource": (event.resource_urn or "").rsplit("::", 1)[-1],
            "message": event.message.strip(),
        }
        self.findings.append(self._redactor.data(finding))
        self._tell("policy", finding)

    def _tell(self, kind: str, data: Mapping[str, Any]) -> None:
        self._sink(kind, self._redactor.data(data))


def _different(metadata: Any) -> list[str]:
    """Names of the outputs that are not what they were, where the engine names no difference."""
    before = (metadata.old and metadata.old.outputs) or {}
    after = (metadata.new and metadata.new.outputs) or {}
    both = before and after
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)) if both else []


def short_type(token: str) -> str:
    """``aws:iam/role:Role`` as people write it: ``aws.iam.Role``."""
    package, module, name = [*token.split(":"), "", ""][:3]
    return ".".join(part for part in (package, module.split("/")[0], name) if part and part != "index")


def _text(value: Any) -> str:
    return str(getattr(value, "value", value))
