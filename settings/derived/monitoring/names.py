"""Names by which monitoring is found, and by which it finds what it watches.

The rules and the configuration of Prometheus import nothing of the program: ``monitoring/`` has the names it needs again,
and a test beside it compares them.
"""

NAMESPACE = "llm-monitoring"
"""Kubernetes namespace of Prometheus, Alertmanager and Grafana."""
GPU_NAMESPACE = "llm-monitoring-gpu"
"""Kubernetes namespace of the DCGM exporter, whose pods reach the node's GPUs and so cannot be restricted."""

PROMETHEUS, PROMETHEUS_PORT = "prometheus", 9090
"""Name of its workload, Service, claim and service account, and its port."""
ALERTMANAGER, ALERTMANAGER_PORT = "alertmanager", 9093
"""The same of Alertmanager."""
DCGM_EXPORTER, DCGM_PORT = "dcgm-exporter", 9400
"""Name of the DaemonSet and its service account, and its port."""
GRAFANA, GRAFANA_PORT = "grafana", 3000
"""Name of Grafana's workload, Service and service account, and its port."""
GRAFANA_ADDRESS = f"http://localhost:{GRAFANA_PORT}"
"""Where browsers reach it, by ``kubectl port-forward``; the issuer sends them back there."""

READERS, READERS_GROUP = "prometheus-reader", "llm-platform:metrics-readers"
"""Name of the Role that reads Prometheus through the Kubernetes API, and the Kubernetes group that has it."""

TOKEN_SECRET = "scrape-token"  # noqa: S105  the Secret's name
TOKEN_KEY = "scrape_token"  # noqa: S105  the key's name in the Secret
"""Secret of :data:`NAMESPACE` and its key: the token that Prometheus sends to engines."""

ALERT_ANNOTATION = "llm-platform/alert-"
"""Beginning of the annotations of a Service with the thresholds of its alerts; see :func:`alert_annotation`."""
REPLICAS_ANNOTATION = "llm-platform/replicas"
"""Annotation of a Service: pods that it is meant to have."""
MAX_REPLICAS_ANNOTATION = "llm-platform/max-replicas"
"""Annotation of the Service of an autoscaled service: pods that the autoscaler may start at most."""
PARALLEL_ANNOTATION = "llm-platform/parallel"
"""Annotation of the Service of an engine without metrics: requests that one of its pods runs at once."""
COST_ANNOTATION = "llm-platform/replica-usd-per-hour"
"""Annotation of a Service: US dollars an hour for one of its pods, by the planner."""
START_ANNOTATION = "llm-platform/start-seconds"
"""Annotation of a Service: slow end of the predicted start of its engine, in seconds."""

NAMESPACE_OUTPUT = "monitoring_namespace"
"""Output of a platform stack with monitoring: its namespace."""
TOKEN_OUTPUT = "monitoring_scrape_token"  # noqa: S105  the output's name
"""Secret output of a platform stack with monitoring: the token that engines take for /metrics."""
CHAT_CONCURRENCY = 2
"""Messages that the function which posts alerts to a chat handles at once: chats take about one a second, and a flood of alerts must not
use up the account's concurrency."""
TOPIC_OUTPUT = "alerts_topic_arn"
"""Output of a platform stack with monitoring: the SNS topic of its alerts."""
VOLUME_OUTPUT = "prometheus_volume_gib"
"""Output of a platform stack with monitoring: the size of Prometheus' volume in GiB, which the next update does not go below."""
QUERY_OUTPUT = "amp_query_url"
"""Output of a platform stack with remote write: the base URL of the workspace's query API."""


def chat_function(cluster_name: str) -> str:
    """Name of the Lambda function that posts alerts to a chat; its dead-letter queue is called so with ``-failed``."""
    return f"{cluster_name}-alerts-chat"


def alert_annotation(key: str) -> str:
    """The annotation of a Service with one threshold.

    Args:
        key: the setting, such as ``ttft_p95_seconds``.
    """
    return ALERT_ANNOTATION + key.replace("_", "-")
