"""Rules on what scales workloads: one writer of replicas, bounds, and a signal that ends zero."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from pulumi_policy import EnforcementLevel

from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard, requested_properties
from guardrails.engine.values import UnknownPropertyError, Value, get_path, known_items, require

SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
HPAS: Final = frozenset(
    f"kubernetes:autoscaling/{version}:HorizontalPodAutoscaler" for version in ("v1", "v2", "v2beta1", "v2beta2")
)
WORKLOADS: Final = {f"kubernetes:apps/v1:{kind}": kind for kind in ("Deployment", "StatefulSet", "ReplicaSet")}
_PAUSED: Final = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas")
"""Annotations of a ScaledObject that scales nothing (https://keda.sh/docs/2.21/concepts/scaling-deployments/#pause-autoscaling)."""
_REPLICAS: Final = "spec.replicas"
_OF_THE_TARGET: Final = ("cpu", "memory", "cron", "prometheus")
"""Triggers that read the pods themselves, or the clock; the others read a queue or another system, which fills at zero too."""
_FROM_THE_FRONT: Final = "llm_gateway_"


class _Target(NamedTuple):
    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        """Write it as kubectl does."""
        return f"{self.kind} {self.namespace}/{self.name}"


def _namespace(subject: Subject) -> Value:
    return subject.value("metadata", "namespace") or "default"


def _target(scaler: Subject) -> _Target:
    where = ("spec", "scaleTargetRef")
    kind = scaler.value(*where, "kind") or "Deployment"
    return _Target(str(_namespace(scaler)), str(kind), str(scaler.value(*where, "name")))


def _scales(scaler: Subject) -> bool:
    annotations = get_path(scaler.props, "metadata", "annotations")
    return not isinstance(annotations, dict) or not any(name in annotations for name in _PAUSED)


def _writers(stack: Stack) -> Findings:
    scalers: dict[_Target, list[Subject]] = defaultdict(list)
    for scaler in stack.of(SCALED_OBJECT, *HPAS):
        if not _scales(scaler):
            continue
        try:
            scalers[_target(scaler)].append(scaler)
        except UnknownPropertyError as problem:
            yield Unknown(str(problem), scaler.urn)
    for target, found in scalers.items():
        for second in found[1:]:
            yield Finding(f"scales {target}, which {found[0].name} scales too", second.urn)
    for workload in stack.of(*WORKLOADS):
        yield from guard(_own_number(workload, scalers), workload.urn)


def _own_number(workload: Subject, scalers: dict[_Target, list[Subject]]) -> Iterator[Finding]:
    if not scalers or _REPLICAS in workload.ignore_changes:
        return
    requested = requested_properties(workload)
    if get_path(requested, "spec", "replicas") is None:
        return
    name = workload.value("metadata", "name") or workload.name
    target = _Target(str(_namespace(workload)), WORKLOADS[workload.type], str(name))
    if target in scalers and require(requested, "spec", "replicas") is not None:
        yield Finding(f"sets spec.replicas, which {scalers[target][0].name} writes too", workload.urn)


def _bounds(scaled: Subject) -> Findings:
    if not _scales(scaled):
        return
    if scaled.value("spec", "maxReplicaCount") is None:
        yield Finding("has no spec.maxReplicaCount: KEDA takes 100")


def _zero(scaled: Subject) -> Findings:
    if scaled.value("spec", "minReplicaCount") or not _scales(scaled):
        return
    for trigger in known_items(scaled.value("spec", "triggers"), "a trigger"):
        if _wakes(trigger):
            return
    yield Finding("goes to zero replicas, and every trigger reads pods that are then gone")


def _wakes(trigger: Value) -> bool:
    kind = require(trigger, "type")
    if kind != "prometheus":
        return kind not in _OF_THE_TARGET
    query = str(require(trigger, "metadata", "query"))
    return _FROM_THE_FRONT in query or "vllm:" not in query


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
        blocks="a ScaledObject without a maximum",
        why="A wrong threshold then starts a hundred replicas, each with its GPUs.",
        fix="set spec.maxReplicaCount to what limits and budget of the pool allow",
        benchmarks="",
        types=frozenset({SCALED_OBJECT}),
        judge=_bounds,
    ),
    Rule(
        id="scale-to-zero-signal",
        family="autoscaling",
        level=EnforcementLevel.MANDATORY,
        blocks="scale to zero without a signal from the gateway",
        why="Without a replica there are no metrics of one, so nothing ever starts the next: clients are refused for good.",
        fix="add a trigger on llm_gateway_held_requests of the service, or set spec.minReplicaCount to 1",
        benchmarks="",
        types=frozenset({SCALED_OBJECT}),
        judge=_zero,
    ),
)
