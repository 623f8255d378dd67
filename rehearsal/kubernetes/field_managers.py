"""Field managers of an object: https://kubernetes.io/docs/reference/using-api/server-side-apply/."""

from typing import Any

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
