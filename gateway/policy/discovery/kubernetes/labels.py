"""Labels and annotations by which services of models are found."""

GATEWAY = "llm-platform/gateway"
"""Label of the namespaces that are served, with the value `enabled`; only the program sets it."""
ENABLED = "enabled"
STACK = "llm-platform/stack"
"""Label of namespaces and Services; the namespace's counts."""
MODEL = "llm-platform/model"
"""Label of a Service: the model's name within its stack."""
TEAM = "llm-platform/team"
KEY_SECRET = "llm-platform/key-secret"  # noqa: S105 - an annotation's name
"""Annotation: `SECRET/KEY` with the engine's API key; absent for an engine without one."""
INPUT_PRICE = "llm-platform/price-input-usd"
OUTPUT_PRICE = "llm-platform/price-output-usd"
"""Annotations: US dollars per million tokens."""
RESPONSE_LOGS = "llm-platform/response-logs"
"""Annotation: consent to response logs as JSON, see `gateway.policy.services.ResponseLogs`; absent where there is none."""
ALERT_PREFIX = "llm-platform/alert-"
"""Annotations that begin so have a service's thresholds of alerts."""
ALERTS = (
    "ttft_p95_seconds",
    "inter_token_p95_seconds",
    "success_ratio",
    "queue_per_replica",
    "kv_cache_ratio",
    "preemptions_per_second",
    "idle_hours",
)
SETTINGS = {
    "llm-platform/replicas": "replicas",
    "llm-platform/max-replicas": "max_replicas",
    "llm-platform/parallel": "parallel",
    "llm-platform/replica-usd-per-hour": "replica_usd_per_hour",
    "llm-platform/start-seconds": "start_seconds",
    **{ALERT_PREFIX + name.replace("_", "-"): name for name in ALERTS},
}
"""Annotations with a number that rules of Prometheus compare a service with, and what each is called there."""
SERVICE_NAME = "kubernetes.io/service-name"
"""Label of an EndpointSlice: its Service (https://kubernetes.io/docs/reference/labels-annotations-taints/)."""
