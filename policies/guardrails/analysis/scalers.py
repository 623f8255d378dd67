"""What scales workloads: KEDA's ScaledObjects and ScaledJobs and HorizontalPodAutoscalers, and what they scale."""

from typing import Final, NamedTuple

from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, Value, get_path

SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
HPAS: Final = frozenset(
    f"kubernetes:autoscaling/{version}:HorizontalPodAutoscaler" for version in ("v1", "v2", "v2beta1", "v2beta2")
)
SCALED_JOB: Final = "kubernetes:keda.sh/v1alpha1:ScaledJob"
_SCALABLE: Final = {
    "apps/v1": ("Deployment", "StatefulSet", "ReplicaSet"),
    "core/v1": ("ReplicationController",),
    "leaderworkerset.x-k8s.io/v1": ("LeaderWorkerSet",),
}
"""Kinds with a number of replicas that an autoscaler can write (their subresource ``scale``)."""
WORKLOADS: Final = {
    f"kubernetes:{version}:{kind}{variant}": kind
    for version, kinds in _SCALABLE.items()
    for kind in kinds
    for variant in ("", "Patch")
}
_PAUSED, _PAUSED_REPLICAS = "autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"
"""Annotations of a ScaledObject that scales nothing (https://keda.sh/docs/2.21/concepts/scaling-deployments/#pause-autoscaling)."""
_NOT_PAUSED: Final = (UNKNOWN, "0", "f", "F", "false", "FALSE", "False")
"""Values of the first with which it scales all the same: any other is true to KEDA (``getBoolAnnotation`` in
apis/keda/v1alpha1/scaledobject_types.go). One that is not known may be among them."""


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
    """Whether it scales at all: a paused object of KEDA does not; of an HPA the annotations mean nothing."""
    annotations = get_path(scaler.props, "metadata", "annotations")
    if scaler.type in HPAS or not isinstance(annotations, dict):
        return True
    return _PAUSED_REPLICAS not in annotations and annotations.get(_PAUSED, UNKNOWN) in _NOT_PAUSED


def most_replicas(scaler: Subject) -> Value:
    """How many replicas it makes at most; None where it does not say.

    Raises:
        UnknownPropertyError: it is unknown.
    """
    return scaler.value("spec", "maxReplicas" if scaler.type in HPAS else "maxReplicaCount")


def _namespace(subject: Subject) -> Value:
    return subject.value("metadata", "namespace") or "default"
