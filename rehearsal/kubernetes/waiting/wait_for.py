"""Annotation ``pulumi.com/waitFor``: a readiness check of the program's own, of any object.

As pulumi-kubernetes does it (``provider/pkg/metadata/overrides.go``, ``pkg/jsonpath``, ``pkg/await/condition/kubectl.go``):
``condition=TYPE`` or ``condition=TYPE=STATUS``, ``jsonpath={PATH}`` or ``jsonpath={PATH}=VALUE`` with a path of RFC 9535, or
a JSON list of those, of which all must hold. It takes the place of the kind's own check. Custom resources have none, so
without the annotation they are ready once they exist.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.waiting.readiness import READY, Object, Readiness, ReadinessCheck

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

ANNOTATION = "pulumi.com/waitFor"
_CONDITION, _JSONPATH = "condition=", "jsonpath="
_PATH = re.compile(r"\{\s*(?P<path>.*?)\s*\}(?:=(?P<value>.*))?", re.DOTALL)
# What is wrong with an object now, None if it is as awaited.
_Look = Callable[[Object], str | None]


class WaitForError(ValueError):
    """The annotation is not one that can be waited for; the message is one line."""


def parse(text: str) -> ReadinessCheck:
    """The readiness check that an annotation's value describes.

    Raises:
        WaitForError: it is malformed.
    """
    try:
        listed = json.loads(text)
    except ValueError:
        listed = text
    expressions = listed if isinstance(listed, list) and all(isinstance(item, str) for item in listed) else [text]
    if not expressions:
        raise WaitForError("names no condition")
    looks = [_look(expression) for expression in expressions]

    def check(_client: KubeClient, obj: Object) -> Readiness:
        for look in looks:
            if why := look(obj):
                return Readiness(why=why)
        return READY

    return check


def _look(expression: str) -> _Look:
    if expression.startswith(_CONDITION):
        kind, _, status = expression.removeprefix(_CONDITION).partition("=")
        return lambda obj: _condition(obj, kind, status or "True")
    if expression.startswith(_JSONPATH):
        return _jsonpath(expression.removeprefix(_JSONPATH))
    raise WaitForError(f"must begin with {_CONDITION} or {_JSONPATH}, not {expression!r}")


def _condition(obj: Object, kind: str, wanted: str) -> str | None:
    status = obj.get("status") or {}
    conditions = status.get("conditions") or []
    found = next((item for item in conditions if str(item.get("type")).lower() == kind.lower()), None)
    if found is None:
        return f"it has no condition {kind} yet"
    seen = found.get("observedGeneration", status.get("observedGeneration"))
    if seen is not None and seen < (obj["metadata"].get("generation") or 0):
        return f"condition {kind} is of generation {seen}, not of {obj['metadata']['generation']}"
    if str(found.get("status")).lower() == wanted.lower():
        return None
    said = ": ".join(str(found[key]) for key in ("reason", "message") if found.get(key))
    return f"condition {kind} is {found.get('status')}, not {wanted}{f' ({said})' if said else ''}"


def _jsonpath(text: str) -> _Look:
    import jsonpath_rfc9535  # noqa: PLC0415 - few objects need it

    matched = _PATH.fullmatch(text)
    if not matched:
        raise WaitForError(f"write {_JSONPATH}{{.PATH}} or {_JSONPATH}{{.PATH}}=VALUE, not {text!r}")
    path, value = matched["path"], matched["value"]
    if value == "":
        raise WaitForError(f"{text} has no value after =")
    try:
        query = jsonpath_rfc9535.compile(path if path.startswith("$") else f"${path}")
    except jsonpath_rfc9535.JSONPathError as error:
        raise WaitForError(f"{{{path}}}: {error}") from error
    return lambda obj: _selected(query, path, value, obj)


def _selected(query: "JSONPathQuery", path: str, value: str | None, obj: Object) -> str | None:
    found = query.find_one(obj)
    if found is None:
        return f"{{{path}}} selects nothing yet"
    text = _as_go_prints(found.value)
    return None if value is None or text == value else f"{{{path}}} is {text}, not {value}"


def _as_go_prints(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)
