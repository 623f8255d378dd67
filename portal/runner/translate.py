"""Events of a run, from the engine's: what happened to which resource, never a property's value."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from portal.runner.redaction import Redactor
from workspace.engine_events import ERROR, MANDATORY, UNCHANGED, Diagnostic, Finding, Step, Summary, parse
from workspace.stack_state import name_in

Sink = Callable[[str, dict[str, Any]], None]
_SHOWN_SEVERITIES = frozenset({"info", "info#err", "warning", "error"})


class Translator:
    """Takes an operation's engine events and keeps what its log and its result contain."""

    def __init__(self, sink: Sink, redactor: Redactor) -> None:
        """Report to ``sink``, through ``redactor``."""
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
        return any(finding["level"] == MANDATORY for finding in self.findings)

    @property
    def changes(self) -> dict[str, int]:
        """Resources by operation, those left as they were not counted."""
        return {op: count for op, count in self.summary.items() if op not in UNCHANGED}

    def __call__(self, event: Any) -> None:
        """Take one ``EngineEvent`` of the Automation API."""
        match parse(_as_json(event)):
            case Step() as step:
                self._step(step)
            case Diagnostic() as diagnostic:
                self._message(diagnostic)
            case Finding() as finding:
                self._finding(finding)
            case Summary() as summary:
                self.summary = dict(summary.changes)
                self._tell("summary", {"changes": self.summary, "seconds": summary.seconds})

    def note(self, text: str) -> None:
        """Report something of the run itself."""
        self._tell("note", {"text": text})

    def _step(self, step: Step) -> None:
        if not step.is_change:
            return
        about = {"op": step.op, "type": short_type(step.type), "name": step.name}
        # What a refresh finds changed shows at its end only: it starts as a refresh, which changes nothing.
        if step.urn not in self._planned:
            self._planned.add(step.urn)
            entry = about | {"urn": step.urn, "parent": step.parent, "changed": list(step.changed)}
            self.plan.append(self._redactor.data(entry))
        self._tell("resource", about | {"phase": step.phase.value})

    def _message(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity not in _SHOWN_SEVERITIES or diagnostic.ephemeral or not diagnostic.text:
            return
        severity = "info" if diagnostic.severity == "info#err" else diagnostic.severity
        if severity == ERROR:
            self.errors.append(self._redactor.text(diagnostic.text))
        self._tell("message", {"severity": severity, "resource": name_in(diagnostic.urn), "text": diagnostic.text})

    def _finding(self, finding: Finding) -> None:
        entry = {
            "policy": finding.policy,
            "level": finding.level,
            "resource": name_in(finding.urn),
            "message": finding.text,
        }
        self.findings.append(self._redactor.data(entry))
        self._tell("policy", entry)

    def _tell(self, kind: str, data: Mapping[str, Any]) -> None:
        self._sink(kind, self._redactor.data(data))


def short_type(token: str) -> str:
    """``aws:iam/role:Role`` as people write it: ``aws.iam.Role``."""
    package, module, name = [*token.split(":"), "", ""][:3]
    return ".".join(part for part in (package, module.split("/")[0], name) if part and part != "index")


def _as_json(value: Any) -> Any:
    """Return an object of the SDK as the JSON it was read from: its attributes are the fields in snake case."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {_as_json(key): _as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    if hasattr(value, "__dict__"):
        return {_camel(name): _as_json(one) for name, one in vars(value).items() if one is not None}
    return value


def _camel(name: str) -> str:
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)
