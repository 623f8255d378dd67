"""Metrics of which rules and panels use a few: their names, types and labels as the named source file has them."""

from collections.abc import Mapping

from tools.metric_lists.metric import Kind, Metric, listing

_Rows = Mapping[str, tuple[Kind, tuple[str, ...]]]

_KUBELET: _Rows = {
    "node_cpu_usage_seconds_total": ("counter", ()),
    "node_memory_working_set_bytes": ("gauge", ()),
    "container_cpu_usage_seconds_total": ("counter", ("container", "pod", "namespace")),
    "container_memory_working_set_bytes": ("gauge", ("container", "pod", "namespace")),
    "container_start_time_seconds": ("gauge", ("container", "pod", "namespace")),
    "pod_cpu_usage_seconds_total": ("counter", ("pod", "namespace")),
    "pod_memory_working_set_bytes": ("gauge", ("pod", "namespace")),
    "resource_scrape_error": ("gauge", ()),
}
_CONTROLLERS: _Rows = {
    "controller_runtime_reconcile_total": ("counter", ("controller", "result")),
    "controller_runtime_reconcile_errors_total": ("counter", ("controller",)),
}
_LOAD_BALANCER_CONTROLLER: _Rows = {
    "aws_api_calls_total": ("counter", ("service", "operation", "status_code", "error_code")),
    "aws_api_requests_total": ("counter", ("service", "operation", "status_code", "error_code")),
    "aws_api_call_retries": ("histogram", ("service", "operation")),
}
_PROMETHEUS: _Rows = {
    "prometheus_notifications_dropped_total": ("counter", ("alertmanager",)),
    "prometheus_notifications_sent_total": ("counter", ("alertmanager",)),
    "prometheus_remote_storage_queue_highest_sent_timestamp_seconds": ("gauge", ("remote_name", "url")),
    "prometheus_remote_storage_samples_dropped_total": ("counter", ("remote_name", "url", "reason")),
    "prometheus_remote_storage_samples_failed_total": ("counter", ("remote_name", "url")),
    "prometheus_rule_evaluation_failures_total": ("counter", ("rule_group",)),
    "prometheus_rule_group_interval_seconds": ("gauge", ("rule_group",)),
    "prometheus_rule_group_iterations_missed_total": ("counter", ("rule_group",)),
    "prometheus_rule_group_last_duration_seconds": ("gauge", ("rule_group",)),
    "prometheus_target_scrape_pool_exceeded_label_limits_total": ("counter", ()),
    "prometheus_target_scrape_pool_exceeded_target_limit_total": ("counter", ()),
    "prometheus_target_scrapes_exceeded_body_size_limit_total": ("counter", ()),
    "prometheus_target_scrapes_exceeded_sample_limit_total": ("counter", ()),
    "prometheus_tsdb_head_samples_appended_total": ("counter", ("type",)),
    "prometheus_tsdb_head_series": ("gauge", ()),
    "process_resident_memory_bytes": ("gauge", ()),
    "process_start_time_seconds": ("gauge", ()),
}
_ALERTMANAGER: _Rows = {
    "alertmanager_notifications_total": ("counter", ("integration",)),
    "alertmanager_notifications_failed_total": ("counter", ("integration", "reason")),
}
_ENVOY: _Rows = {
    "envoy_http_downstream_cx_active": ("gauge", ("envoy_http_conn_manager_prefix",)),
    "envoy_http_downstream_rq_active": ("gauge", ("envoy_http_conn_manager_prefix",)),
    "envoy_http_downstream_rq_xx": ("counter", ("envoy_http_conn_manager_prefix", "envoy_response_code_class")),
    "envoy_cluster_upstream_rq_retry": ("counter", ("envoy_cluster_name",)),
    "envoy_cluster_upstream_rq_timeout": ("counter", ("envoy_cluster_name",)),
    "envoy_cluster_membership_healthy": ("gauge", ("envoy_cluster_name",)),
    "envoy_server_live": ("gauge", ()),
    "envoy_server_memory_allocated": ("gauge", ()),
}


def kubelet() -> str:
    """The kubelet's ``/metrics/resource``."""
    return _list("kubernetes/kubernetes v1.35.4: pkg/kubelet/metrics/collectors/resource_metrics.go", _KUBELET)


def controllers() -> str:
    """What every controller built with controller-runtime has, Karpenter and the load balancer's among them."""
    return _list("kubernetes-sigs/controller-runtime v0.23.1: pkg/internal/controller/metrics/metrics.go", _CONTROLLERS)


def load_balancer_controller() -> str:
    """The AWS Load Balancer Controller."""
    source = "kubernetes-sigs/aws-load-balancer-controller: pkg/aws/metrics/instruments.go"
    return _list(source, _LOAD_BALANCER_CONTROLLER)


def prometheus() -> str:
    """Prometheus itself."""
    files = "scrape/metrics.go, rules/group.go, notifier/metric.go, storage/remote/queue_manager.go, tsdb/head.go"
    return _list(f"prometheus/prometheus v3.16 (Go module v0.316.0): {files}", _PROMETHEUS)


def alertmanager() -> str:
    """Alertmanager."""
    return _list("prometheus/alertmanager v0.35.0: notify/metrics.go", _ALERTMANAGER)


def envoy() -> str:
    """Envoy, as the gateway's pods show it at ``/stats/prometheus``."""
    return _list("Envoy 1.40.0: what its admin interface shows at /stats/prometheus", _ENVOY)


def _list(source: str, rows: _Rows) -> str:
    return listing(source, [Metric(name=name, kind=kind, labels=labels) for name, (kind, labels) in rows.items()])
