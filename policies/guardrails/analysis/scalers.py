"""What scales workloads: KEDA's ScaledObjects and HorizontalPodAutoscalers, and what they scale."""

from typing import Final, NamedTuple

from guardrails.engine.rule import Subject
from guardrails.engine.values import Value, get_path

SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
HPAS: Final = frozenset(
    f"kubernetes:autoscaling/{version}:HorizontalPodAutoscaler" for version in ("v1", "v2", "v2beta1", "v2beta2")
)
WORKLOADS: Final = {f"kubernetes:apps/v1:{kind}": kind for kind in ("Deployment", "StatefulSet", "ReplicaSet")}
_PAUSED: Final = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas")
"""Annotations of a ScaledObject that scales nothing (https://keda.sh/docs/2.21/concepts/scaling-deployments/#pause-autoscaling)."""


class Target(NamedTuple):
    """A workload that may be scaled."""

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        """Write it as kubectl does."""
        return f"{self.kind} {self.namespace}/{self.name}"


def target(scaler: Subject) -> Target:
    """What a ScaledObject or an HPA scales.

    Raises:
        UnknownPropertyError: it is unknown.
    """
    where = ("spec", "scaleTargetRef")
    kind = scaler.value(*where, "kind") or "Deployment"
    return Target(str(_namespace(scaler)), str(kind), str(scaler.value(*where, "name")))


def as_target(workload: Subject) -> Target:
    """How a scaler names a workload, which is one of `WORKLOADS`.

    Raises:
        UnknownPropertyError: its name or namespace is unknown.
    """
    name = workload.value("metadata", "name") or workload.name
    return Target(str(_namespace(workload)), WORKLOADS[workload.type], str(name))


def scales(scaler: Subject) -> bool:
    """Whether it scales at all: a paused ScaledObject does not."""
    annotations = get_path(scaler.props, "metadata", "annotations")
    return not isinstance(annotations, dict) or not any(name in annotations for name in _PAUSED)


def most_replicas(scaler: Subject) -> Value:
    """How many replicas it makes at most; None where it does not say.

    Raises:
        UnknownPropertyError: it is unknown.
    """
    return scaler.value("spec", "maxReplicaCount" if scaler.type == SCALED_OBJECT else "maxReplicas")


def _namespace(subject: Subject) -> Value:
    return subject.value("metadata", "namespace") or "default"
