"""Inputs that would create an object as it is now: those of the program, with the values that it has.

Fields that we never set (defaults, status, what controllers add) are not ours and are left out, so that nothing differs
right after an `up`; a value that was changed outside Pulumi since shows as a difference.
"""

import base64
import copy
from typing import Any

from planner import quantities
from rehearsal.plugins.wire import Properties, Value

# Only below these keys is a text like "1024Mi" a quantity, which the API server writes its own way ("1Gi").
_QUANTITY_KEYS = frozenset({"requests", "limits", "capacity", "hard", "sizeLimit", "default", "defaultRequest"})
# Lists that the API server treats as maps: the key that tells their items apart.
_ITEM_KEYS = ("name", "mountPath", "containerPort", "port", "key", "ip", "topologyKey")
_NEVER_INPUT = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
    "ownerReferences",
)


def live_inputs(inputs: Properties, live: Properties) -> Properties:
    """``inputs`` with the values that ``live`` has for them."""
    wanted = dict(inputs)
    texts = wanted.pop("stringData", None)
    found = _project(wanted, live, quantity=False)
    result: Properties = dict(found) if isinstance(found, dict) else {}
    if isinstance(texts, dict):
        result["stringData"] = {
            key: _decoded(live["data"][key], text) for key, text in texts.items() if key in (live.get("data") or {})
        }
    return result


def whole_inputs(live: Properties) -> Properties:
    """Inputs of an object that Pulumi did not make (import, ``.get()``): everything but what the server fills in."""
    result = copy.deepcopy(live)
    result.pop("status", None)
    for key in _NEVER_INPUT:
        result.get("metadata", {}).pop(key, None)
    return result


def _project(wanted: Value, live: Value, *, quantity: bool) -> Value:
    if isinstance(wanted, dict) and isinstance(live, dict):
        return _project_map(wanted, live, quantity=quantity)
    if isinstance(wanted, list) and isinstance(live, list):
        return _project_list(wanted, live, quantity=quantity)
    if wanted == live or (quantity and _same_quantity(wanted, live)):
        return wanted
    return live


def _project_map(wanted: dict[str, Any], live: dict[str, Any], *, quantity: bool) -> dict[str, Any]:
    result = {}
    for key, value in wanted.items():
        if key in live:
            result[key] = _project(value, live[key], quantity=quantity or key in _QUANTITY_KEYS)
        elif _is_empty(value):
            # The API server drops what is empty; that is no difference.
            result[key] = value
    return result


def _is_empty(value: Value) -> bool:
    if isinstance(value, dict):
        return all(_is_empty(item) for item in value.values())
    return value is None or value is False or value in ("", 0) or value == []


def _project_list(wanted: list[Any], live: list[Any], *, quantity: bool) -> list[Any]:
    key = _item_key(wanted)
    if key is None:
        if len(wanted) != len(live):
            return live
        return [_project(one, other, quantity=quantity) for one, other in zip(wanted, live, strict=True)]
    # Items of other owners (an injected container, an added variable) are not ours.
    by_key = {item.get(key): item for item in live if isinstance(item, dict)}
    return [_project(item, by_key[item[key]], quantity=quantity) for item in wanted if item[key] in by_key]


def _item_key(items: list[Any]) -> str | None:
    for key in _ITEM_KEYS:
        values = [item.get(key) for item in items if isinstance(item, dict)]
        if values and len(values) == len(items) and None not in values and len(set(map(str, values))) == len(values):
            return key
    return None


def _same_quantity(one: Value, other: Value) -> bool:
    first, second = quantities.parse(one), quantities.parse(other)
    return first is not None and first == second


def _decoded(data: str, text: Value) -> Value:
    raw = base64.b64decode(data)
    return text if isinstance(text, str) and raw == text.encode() else raw.decode(errors="replace")
