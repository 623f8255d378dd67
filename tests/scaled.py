"""A ScaledObject and its HPA as the API server answers them, with conditions as KEDA 2.21 and kube-controller-manager 1.35 write them."""

from typing import Any

NAMESPACE, SERVICE = "dev-search", "qwen"
READY = ("Ready", "True", "ScaledObjectReady", "ScaledObject is defined correctly and is ready for scaling")
ACTIVE = ("Active", "True", "ScalerActive", "Scaling is performed because triggers are active")
NOT_ACTIVE = ("Active", "False", "ScalerNotActive", "Scaling is not performed because triggers are not active")
NO_FALLBACK = ("Fallback", "False", "NoFallbackFound", "No fallbacks are active on this scaled object")
FALLBACK = ("Fallback", "True", "FallbackExists", "At least one trigger is falling back on this scaled object")
PAUSED = ("Paused", "True", "ScaledObjectPaused", "ScaledObject is paused")
NOT_PAUSED = ("Paused", "Unknown", "", "")
CAN_SCALE = ("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size")
VALID = (
    "ScalingActive",
    "True",
    "ValidMetricFound",
    "the HPA was able to successfully calculate a replica count from external metric s0-prometheus(nil)",
)
IN_RANGE = ("ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range")
AT_ZERO = (
    "ScalingActive",
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
)
Condition = tuple[str, str, str, str]


def scaled_object(
    *conditions: Condition, least: int = 1, triggers: list[dict[str, Any]] | None = None, **status: Any
) -> dict[str, Any]:
    """A ScaledObject as the program makes it, with up to 4 replicas."""
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {
            "minReplicaCount": least,
            "maxReplicaCount": 4,
            "cooldownPeriod": 1800,
            "fallback": {"failureThreshold": 3, "replicas": max(1, least), "behavior": "currentReplicasIfHigher"},
            "triggers": triggers or [queue()],
        },
        "status": {
            "conditions": _conditions(conditions or (READY, ACTIVE, NO_FALLBACK, NOT_PAUSED)),
            "hpaName": f"keda-hpa-{SERVICE}",
            "externalMetricNames": ["s0-prometheus"],
            **status,
        },
    }


def queue() -> dict[str, Any]:
    """The trigger of waiting requests."""
    return {"type": "prometheus", "name": "queue", "metricType": "AverageValue", "metadata": {"threshold": "5"}}


def hpa(
    current: int, desired: int, *conditions: Condition, metrics: dict[str, tuple[str, str, str]] | None = None
) -> dict[str, Any]:
    """Its HPA; a metric is the type of its target, the target and the value now."""
    read = metrics or {"s0-prometheus": ("AverageValue", "5", "4200m")}
    status: dict[str, Any] = {"desiredReplicas": desired, "lastScaleTime": "2026-11-27T09:00:00Z"}
    # Kubernetes omits a number of 0.
    status |= {"currentReplicas": current} if current else {}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": f"keda-hpa-{SERVICE}", "namespace": NAMESPACE},
        "spec": {
            "minReplicas": 1,
            "maxReplicas": 4,
            "behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 30,
                    "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}],
                },
                "scaleDown": {
                    "stabilizationWindowSeconds": 300,
                    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
                },
            },
            "metrics": [
                {
                    "type": "External",
                    "external": {
                        "metric": _metric(name),
                        "target": {"type": kind, _key(kind): target},
                    },
                }
                for name, (kind, target, _) in read.items()
            ],
        },
        "status": status
        | {
            "conditions": _conditions(conditions or (CAN_SCALE, VALID, IN_RANGE)),
            "currentMetrics": [
                {"type": "External", "external": {"metric": _metric(name), "current": {_key(kind): now}}}
                for name, (kind, _, now) in read.items()
            ],
        },
    }


def _metric(name: str) -> dict[str, Any]:
    return {"name": name, "selector": {"matchLabels": {"scaledobject.keda.sh/name": SERVICE}}}


def _key(kind: str) -> str:
    return "value" if kind == "Value" else "averageValue"


def _conditions(conditions: tuple[Condition, ...]) -> list[dict[str, str]]:
    return [dict(zip(("type", "status", "reason", "message"), one, strict=True)) for one in conditions]
