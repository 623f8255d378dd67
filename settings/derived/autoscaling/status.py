"""Why a service has as many replicas as it has: one sentence out of its ScaledObject and the HPA that KEDA made for it.

Reasons of conditions: ``pkg/controller/podautoscaler/horizontal.go`` of kubernetes 1.35, and ``controllers/keda`` and
``pkg/scaling/executor`` of kedacore/keda 2.21.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from planner import quantities
from planner.shown import one_line
from settings.derived.autoscaling.names import ACTIVITY, NOT_PAUSED, PAUSED, PAUSED_REPLICAS, PAUSED_WAYS, hpa_name

Object = Mapping[str, Any]
_LONGEST = 300
"""Characters of a condition's message in the sentence: one of the API server can have 32,768, with line breaks."""
DEFAULT_MAX = 100
"""``maxReplicaCount`` of a ScaledObject that names none."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """A service that KEDA scales, as it is."""

    current: int | None
    """Replicas that there are, ready or not; None where no HPA says."""
    desired: int | None
    """Replicas that the HPA wants; None where there is no HPA."""
    reason: str
    """Why, in one sentence with both numbers."""
    changed_at: datetime | None
    """When the HPA last changed the number; None where it never did."""


@dataclass(frozen=True, kw_only=True)
class _Metric:
    """What the HPA compared last."""

    trigger: Object
    current: float
    target: float


def scalings(scaled_objects: Iterable[Object], hpas: Iterable[Object]) -> dict[tuple[str, str], Scaling]:
    """Return what is known of each ScaledObject of a cluster, by its namespace and its name, which is its service's.

    Raises:
        KeyError: an object has no name or no namespace.
    """
    known = {_key(one): one for one in hpas}
    found: dict[tuple[str, str], Scaling] = {}
    for one in scaled_objects:
        namespace, name = _key(one)
        made = (one.get("status") or {}).get("hpaName") or hpa_name(name)
        found[namespace, name] = scaling(one, known.get((namespace, made)))
    return found


def _key(one: Object) -> tuple[str, str]:
    return one["metadata"]["namespace"], one["metadata"]["name"]


def scaling(scaled_object: Object | None, hpa: Object | None) -> Scaling:
    """Return what is known of a service that KEDA should scale.

    Args:
        scaled_object: Its ScaledObject, as the API server answers it; None where there is none.
        hpa: The HPA of that ScaledObject (autoscaling/v2); None where there is none.
    """
    status = (hpa or {}).get("status") or {}
    # A number of 0 is omitted, and before its first decision an HPA has neither number nor conditions.
    decided = bool(status.get("conditions"))
    current = int(status.get("currentReplicas") or 0) if decided else _paused(scaled_object)
    desired = int(status.get("desiredReplicas") or 0) if decided else None
    changed = status.get("lastScaleTime")
    return Scaling(
        current=current,
        desired=desired,
        reason=f"{_counted(current, desired)}: {_why(scaled_object, hpa, current)}.",
        changed_at=datetime.fromisoformat(str(changed)) if changed else None,
    )


def _counted(current: int | None, desired: int | None) -> str:
    if current is None:
        return "The number of replicas is not decided"
    noun = "replica" if current == 1 else "replicas"
    return f"{current} {noun}" if desired in {None, current} else f"{current} {noun}, {desired} desired"


def _why(scaled_object: Object | None, hpa: Object | None, current: int | None) -> str:
    if scaled_object is None:
        return "KEDA has no ScaledObject of the service, so nothing scales it"
    keda, ways = _conditions(scaled_object), _paused_ways(scaled_object)
    if _is(keda, "Paused", "True") and not ways:
        return "the ScaledObject is paused, and KEDA changes nothing"
    if _is(keda, "Fallback", "True"):
        return f"{_failing(scaled_object)} cannot be read, and {_fallback(scaled_object)}"
    if _is(keda, "Ready", "False"):
        return f"KEDA cannot scale it ({_said(keda['Ready'])})"
    if hpa is None:
        return "KEDA has not made its HPA yet"
    return "; ".join([_by_hpa(scaled_object, hpa, current or 0), *ways])


def _paused_ways(scaled_object: Object) -> list[str]:
    """What KEDA does not do, where it is paused in one direction; of both the condition ``Paused`` speaks."""
    given = (scaled_object.get("metadata") or {}).get("annotations") or {}
    if PAUSED_REPLICAS in given or _is_set(given, PAUSED):
        return []
    return [
        f"none is {what} while its annotation {name} is set"
        for name, what in PAUSED_WAYS.items()
        if _is_set(given, name)
    ]


def _is_set(annotations: Mapping[str, Any], name: str) -> bool:
    return name in annotations and annotations[name] not in NOT_PAUSED


def _by_hpa(scaled_object: Object, hpa: Object, current: int) -> str:
    conditions = _conditions(hpa)
    if not conditions:
        return "the HPA has decided nothing yet"
    able, active = conditions.get("AbleToScale") or {}, conditions.get("ScalingActive") or {}
    if able.get("status") == "False":
        return f"the HPA cannot scale it ({_said(able)})"
    if current == 0:
        if _is(_conditions(scaled_object), "Active", "True"):
            return "a trigger is active, and KEDA starts the first one"
        return "nothing is requested, and the first request starts one"
    if active.get("status") == "False" and active.get("reason") != "ScalingDisabled":
        return f"the HPA cannot read its metrics, and the number stays as it is ({_said(active)})"
    limit = _limit(scaled_object, hpa, conditions)
    decided = _decided(scaled_object, hpa)
    return f"{decided}; {limit}" if limit else decided


def _limit(scaled_object: Object, hpa: Object, conditions: Mapping[str, Object]) -> str:
    """What keeps the HPA from the number that its metrics propose; empty where nothing does."""
    spec = scaled_object.get("spec") or {}
    limited = conditions.get("ScalingLimited") or {}
    able = str((conditions.get("AbleToScale") or {}).get("reason"))
    reason = str(limited.get("reason")) if limited.get("status") == "True" else able
    behavior = (hpa.get("spec") or {}).get("behavior") or {}
    if reason == "TooManyReplicas":
        return f"no more than autoscale.max, {spec.get('maxReplicaCount', DEFAULT_MAX)}"
    if reason == "TooFewReplicas":
        least = int(spec.get("minReplicaCount") or 0)
        if least:
            return f"no fewer than autoscale.min, {least}"
        return f"the last one ends {spec.get('cooldownPeriod', 300)} s after the last request"
    if reason in {"ScaleUpLimit", "ScaleDownLimit"}:
        up = reason == "ScaleUpLimit"
        paces = " or ".join(_paces(behavior.get("scaleUp" if up else "scaleDown") or {}))
        return f"{'more are added' if up else 'fewer are left'} step by step" + (f", {paces}" if paces else "")
    if reason in {"ScaleUpStabilized", "ScaleDownStabilized"}:
        up = reason == "ScaleUpStabilized"
        seconds = (behavior.get("scaleUp" if up else "scaleDown") or {}).get("stabilizationWindowSeconds", 300)
        return f"{'more' if up else 'fewer'} would do, once that has lasted {seconds} s"
    return ""


def _paces(rules: Object) -> Iterator[str]:
    for policy in rules.get("policies") or ():
        unit = "%" if policy.get("type") == "Percent" else ""
        yield f"{policy.get('value')}{unit} in {policy.get('periodSeconds')} s at most"


def _decided(scaled_object: Object, hpa: Object) -> str:
    """The metric that proposes the most replicas: of several metrics the HPA follows that one."""
    found = list(_metrics(scaled_object, hpa))
    if not found:
        return "the HPA has not read its metrics yet"
    most = max(found, key=lambda one: one.current / one.target)
    metadata = most.trigger.get("metadata") or {}
    name = most.trigger.get("name") or most.trigger.get("type") or "metric"
    if most.trigger.get("type") == "cron":
        return f"schedule {metadata.get('start')} to {metadata.get('end')} ({metadata.get('timezone')})"
    per = "" if most.trigger.get("metricType") == "Value" else " per replica"
    return f"{name} is {most.current:.3g}{per}, its threshold {most.target:g}"


def _metrics(scaled_object: Object, hpa: Object) -> Iterator[_Metric]:
    """What the HPA compared last, but for the trigger that never adds a replica."""
    triggers = (scaled_object.get("spec") or {}).get("triggers") or []
    read = {
        (each.get("external") or {}).get("metric", {}).get("name"): (each.get("external") or {}).get("current") or {}
        for each in (hpa.get("status") or {}).get("currentMetrics") or ()
    }
    for each in (hpa.get("spec") or {}).get("metrics") or ():
        external = each.get("external") or {}
        name = str((external.get("metric") or {}).get("name"))
        target = external.get("target") or {}
        key = "value" if target.get("type") == "Value" else "averageValue"
        current, wanted = (read.get(name) or {}).get(key), target.get(key)
        trigger = _trigger(name, triggers)
        if trigger.get("name") == ACTIVITY:
            continue
        now, threshold = quantities.parse(current), quantities.parse(wanted)
        if now is not None and threshold:
            yield _Metric(trigger=trigger, current=float(now), target=float(threshold))


def _trigger(metric: str, triggers: list[Object]) -> Object:
    """The trigger of a metric, whose name begins with its place: ``s0-prometheus``."""
    place = metric.partition("-")[0].removeprefix("s")
    known = place.isdecimal() and int(place) < len(triggers)
    return triggers[int(place)] if known else {"name": metric}


def _failing(scaled_object: Object) -> str:
    """Names of the triggers whose metrics KEDA could not read, with their failures in a row."""
    triggers = (scaled_object.get("spec") or {}).get("triggers") or []
    health = (scaled_object.get("status") or {}).get("health") or {}
    named = [
        f"{_trigger(name, triggers).get('name') or name} (failed {one.get('numberOfFailures', 0)} times)"
        for name, one in sorted(health.items())
        if one.get("status") == "Failing"
    ]
    return " and ".join(named) or "a trigger"


def _fallback(scaled_object: Object) -> str:
    fallback = (scaled_object.get("spec") or {}).get("fallback") or {}
    replicas = fallback.get("replicas")
    if fallback.get("behavior") == "currentReplicasIfHigher":
        return f"the number stays as it is, {replicas} at least"
    return f"the fallback counts, {replicas}"


def _paused(scaled_object: Object | None) -> int | None:
    count = ((scaled_object or {}).get("status") or {}).get("pausedReplicaCount")
    return int(count) if count is not None else None


def _conditions(one: Object) -> dict[str, Object]:
    return {str(each.get("type")): each for each in (one.get("status") or {}).get("conditions") or ()}


def _is(conditions: Mapping[str, Object], kind: str, status: str) -> bool:
    return (conditions.get(kind) or {}).get("status") == status


def _said(condition: Object) -> str:
    said = str(condition.get("message") or condition.get("reason") or "no reason given")
    return one_line(" ".join(said.split()), _LONGEST).rstrip(".")
