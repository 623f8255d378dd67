"""Rules on what scales workloads: one writer of replicas, bounds, and a signal that ends zero."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.scalers import HPAS, SCALED_JOB, SCALED_OBJECT, WORKLOADS, Target, as_target, scales, target
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard, requested_properties
from guardrails.engine.values import UnknownPropertyError, Value, get_path, known_items, require

_REPLICAS: Final = "spec.replicas"
_NO_QUEUE: Final = ("cpu", "memory", "cron", "prometheus")
"""Triggers that read the pods themselves, the clock, or any metric; the others read a queue, which fills at zero too."""
_HELD: Final = "llm_gateway_held_requests"
"""The gateway's requests that wait for a replica: the one metric that rises without one."""


def _writers(stack: Stack) -> Findings:
    scalers: dict[Target, list[Subject]] = defaultdict(list)
    for scaler in stack.of(SCALED_OBJECT, *HPAS):
        if not scales(scaler):
            continue
        try:
            scalers[target(scaler)].append(scaler)
        except UnknownPropertyError as problem:
            yield Unknown(str(problem), scaler.urn)
    for scaled, found in scalers.items():
        for second in found[1:]:
            yield Finding(f"scales {scaled}, which {found[0].name} scales too", second.urn)
    for workload in stack.of(*WORKLOADS):
        yield from guard(_own_number(workload, scalers), workload.urn)


def _own_number(workload: Subject, scalers: dict[Target, list[Subject]]) -> Iterator[Finding]:
    if not scalers or _REPLICAS in workload.ignore_changes:
        return
    requested = requested_properties(workload)
    if get_path(requested, "spec", "replicas") is None:
        return
    own = as_target(workload)
    if own in scalers and require(requested, "spec", "replicas") is not None:
        yield Finding(f"sets spec.replicas, which {scalers[own][0].name} writes too", workload.urn)


def _bounds(scaled: Subject) -> Findings:
    if not scales(scaled):
        return
    if scaled.value("spec", "maxReplicaCount") is None:
        yield Finding("has no spec.maxReplicaCount: KEDA takes 100")


def _zero(scaled: Subject) -> Findings:
    if not scales(scaled) or not _ends(scaled):
        return
    for trigger in known_items(scaled.value("spec", "triggers"), "a trigger"):
        if _wakes(trigger):
            return
    yield Finding(f"goes to zero replicas, and no trigger reads {_HELD}, or a queue outside the cluster's metrics")


def _ends(scaled: Subject) -> bool:
    """Whether the last replica may end: ``idleReplicaCount`` counts below ``minReplicaCount`` while no trigger is active."""
    return not scaled.value("spec", "minReplicaCount") or scaled.value("spec", "idleReplicaCount") == 0


def _wakes(trigger: Value) -> bool:
    kind = require(trigger, "type")
    if kind != "prometheus":
        return kind not in _NO_QUEUE
    return _HELD in str(require(trigger, "metadata", "query")) and _by_one(trigger)


def _by_one(trigger: Value) -> bool:
    """Whether the first request activates it: it is active above ``activationThreshold``."""
    threshold = require(trigger, "metadata", "activationThreshold")
    try:
        return float(str(threshold or 0)) < 1
    except ValueError:
        return False


RULES: Final = (
    Rule(
        id="one-writer-of-replicas",
        family="autoscaling",
        level=EnforcementLevel.MANDATORY,
        blocks="two writers of one number of replicas",
        why="Each update sets the number back, so pods end under load; two autoscalers undo each other's decisions for good.",
        fix="omit spec.replicas of what is scaled and ignore its changes; keep one ScaledObject or HorizontalPodAutoscaler",
        benchmarks="Kubernetes documentation (HorizontalPodAutoscaler, migrating workloads)",
        types=frozenset({SCALED_OBJECT, *HPAS, *WORKLOADS}),
        judge_stack=_writers,
    ),
    Rule(
        id="scaled-object-maximum",
        family="autoscaling",
        level=EnforcementLevel.MANDATORY,
        blocks="a ScaledObject or ScaledJob without a maximum",
        why="A wrong threshold then starts a hundred replicas, each with its GPUs.",
        fix="set spec.maxReplicaCount to what limits and budget of the pool allow",
        benchmarks="",
        types=frozenset({SCALED_OBJECT, SCALED_JOB}),
        judge=_bounds,
    ),
    Rule(
        id="scale-to-zero-signal",
        family="autoscaling",
        level=EnforcementLevel.MANDATORY,
        blocks="scale to zero without a signal from the gateway",
        why="Without a replica there are no metrics of one, so nothing ever starts the next: clients are refused for good.",
        fix="add a trigger on llm_gateway_held_requests of the service with activationThreshold 0, or set spec.minReplicaCount to 1 without idleReplicaCount",
        benchmarks="",
        types=frozenset({SCALED_OBJECT}),
        judge=_zero,
    ),
)
