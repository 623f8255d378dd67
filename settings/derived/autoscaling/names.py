"""Names of KEDA and of its objects."""

NAMESPACE = "keda"
"""Kubernetes namespace of KEDA."""
OPERATOR, OPERATOR_PORT, OPERATOR_METRICS_PORT = "keda-operator", 9666, 8080
"""Name of the operator's workload, Service and service account, the port by which the adapter reads metrics of it, and that of
its own metrics."""
ADAPTER, ADAPTER_PORT = "keda-metrics-apiserver", 6443
"""Name of the adapter's workload, Service and service account, and the port by which the Kubernetes API calls it."""
METRICS_GROUP, METRICS_VERSION = "external.metrics.k8s.io", "v1beta1"
"""API group of the metrics by which HPAs scale, which the adapter serves, and its version."""

API_VERSION, KIND = "keda.sh/v1alpha1", "ScaledObject"
HPA_PREFIX = "keda-hpa-"
"""Beginning of the name of the HPA that KEDA makes for a ScaledObject (``getHPAName`` in controllers/keda/hpa.go)."""
PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"
"""Annotation of a ScaledObject: KEDA removes the HPA, scales to this number once, and no more."""
PAUSED = "autoscaling.keda.sh/paused"
"""Annotation of a ScaledObject: KEDA removes the HPA and changes nothing, unless it is false."""
PAUSED_WAYS = {"autoscaling.keda.sh/paused-scale-in": "ended", "autoscaling.keda.sh/paused-scale-out": "added"}
"""Annotations with which KEDA scales in one direction only, and what happens to no replica then."""
NOT_PAUSED = frozenset({"0", "f", "F", "false", "FALSE", "False"})
"""Values of those but for the number that are false to KEDA (``getBoolAnnotation`` in apis/keda/v1alpha1); all others are true."""
ACTIVITY = "activity"
"""Name of the trigger that keeps the last replica, and never adds one."""
AUTOSCALED_OUTPUT = "autoscaled_services"
"""Output of a stack that has, or had, autoscaling: its services that KEDA scales, or has scaled, by name to :data:`ON` or
:data:`OFF`."""
ON, OFF = "on", "off"


def hpa_name(service: str) -> str:
    """Name of the HPA of a service."""
    return HPA_PREFIX + service
