"""Field managers of an object: https://kubernetes.io/docs/reference/using-api/server-side-apply/."""

import copy
from collections.abc import Sequence
from typing import Any

from rehearsal.plugins.wire import Properties

CREATOR = "pulumi-kubernetes"
"""The manager of what pulumi-kubernetes creates, which it does with a POST since version 4.29."""

_APPLY, _UPDATE = "Apply", "Update"
# What pulumi-kubernetes takes over before its first server-side apply (`fixCSAFieldManagers`).
_TAKEN_OVER = frozenset(
    {
        (CREATOR, _UPDATE),
        ("pulumi-resource-kubernetes", _UPDATE),
        ("kubectl", _APPLY),
        ("kubectl", _UPDATE),
        ("before-first-apply", _UPDATE),
    }
)

Entry = dict[str, Any]


def taken_over(entries: list[Entry], manager: str) -> list[Entry] | None:
    """``metadata.managedFields`` with the fields of creators and of kubectl given to ``manager``; None: nothing to do."""
    ours: list[Entry] = []
    rest: list[Entry] = []
    for entry in entries:
        who = (entry.get("manager", ""), entry.get("operation", ""))
        mine = who == (manager, _APPLY) or who in _TAKEN_OVER
        (ours if mine and not entry.get("subresource") else rest).append(entry)
    if all(entry.get("manager") == manager for entry in ours):
        return None
    merged = {**ours[-1], "manager": manager, "operation": _APPLY}
    merged["fieldsV1"] = _union(*(entry.get("fieldsV1") or {} for entry in ours))
    return [*rest, merged]


def _union(*sets: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for fields in sets:
        for key, below in fields.items():
            result[key] = _union(result.get(key, {}), below)
    return result


def without_theirs(inputs: Properties, live: Properties, manager: str, ignored: Sequence[str]) -> Properties:
    """Inputs of an apply whose changes at the paths ``ignored`` do not count (``handleSSAIgnoreFields``).

    A field that others own and ``manager`` does not is left to them; any other keeps the value that it has, or the apply would
    take it away.
    """
    ours: Properties = {}
    theirs: Properties = {}
    for entry in live["metadata"].get("managedFields") or []:
        fields = entry.get("fieldsV1") or {}
        if entry.get("manager") == manager:
            ours = _union(ours, fields)
        else:
            theirs = _union(theirs, fields)
    result = copy.deepcopy(inputs)
    for path in ignored:
        keys = path.split(".")
        if _owned(theirs, keys) and not _owned(ours, keys):
            _remove(result, keys)
        else:
            _keep(result, live, keys)
    return result


def _owned(fields: Properties, keys: Sequence[str]) -> bool:
    for key in keys:
        if f"f:{key}" not in fields:
            return False
        fields = fields[f"f:{key}"]
    return True


def _remove(target: Properties, keys: Sequence[str]) -> None:
    *above, last = keys
    for key in above:
        target = target.get(key) or {}
    target.pop(last, None)


def _keep(target: Properties, live: Properties, keys: Sequence[str]) -> None:
    *above, last = keys
    for key in above:
        live = live.get(key) or {}
        target = target.setdefault(key, {})
    if last in live:
        target[last] = live[last]
