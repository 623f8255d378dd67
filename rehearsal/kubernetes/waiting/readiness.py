"""Result of a readiness check: ready, not yet, or never."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rehearsal.controlplane.client import KubeClient

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What one check of an object found.

    Attributes:
        ready: Nothing more to wait for.
        why: What it waits for, or what is wrong.
        failed: Waiting longer does not help, though Pulumi would go on until its limit.
        final: Pulumi, too, stops waiting.
        preparing: It waits for an image that is still being built here; that time does not count for limits.
    """

    ready: bool = False
    why: str = ""
    failed: bool = False
    final: bool = False
    preparing: bool = False


READY = Readiness(ready=True)


ReadinessCheck = Callable[[KubeClient, Object], Readiness]
"""Checks an object as it is now; can read others (pods, nodes) and remember what it saw before."""


def condition(obj: Object, kind: str) -> Object:
    """The status condition of type ``kind``, or an empty one."""
    for item in (obj.get("status") or {}).get("conditions") or []:
        if item.get("type") == kind:
            return dict(item)
    return {}


def is_true(obj: Object, kind: str) -> bool:
    """Return whether the condition holds."""
    return condition(obj, kind).get("status") == "True"


def is_observed(obj: Object) -> bool:
    """Return whether the controller has seen the newest spec."""
    observed: int = (obj.get("status") or {}).get("observedGeneration") or 0
    return observed >= (obj["metadata"].get("generation") or 0)


def selector_text(selector: Object | None) -> str:
    """A label selector as the API's query parameter."""
    selector = selector or {}
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for rule in selector.get("matchExpressions") or []:
        key, values = rule["key"], ",".join(rule.get("values") or [])
        forms = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        parts.append(forms[rule["operator"]])
    return ",".join(parts)
