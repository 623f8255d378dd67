"""Which series of a target are kept, and why the others are not: what bounds the memory of Prometheus."""

from dataclasses import dataclass

from monitoring.scrape.relabel import Step, drop, drop_labels, keep

_NAME = "__name__"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Names of metrics, or of labels, that are not kept.

    Attributes:
        regex: Regular expression of the whole name, as RE2 has it.
        why: What they would cost, or why no rule and no panel can use them.
    """

    regex: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """The series of one job that are kept.

    Attributes:
        kept: Regular expression of the names of metrics that are kept at all.
        dropped: Names among those that are not.
        labels: Names of labels that are removed; what is left must still tell the series of a target apart.
    """

    kept: str
    dropped: tuple[Filter, ...] = ()
    labels: tuple[Filter, ...] = ()

    def steps(self) -> list[Step]:
        """The job's ``metric_relabel_configs``."""
        return [
            keep(_NAME, self.kept),
            *(drop(_NAME, each.regex) for each in self.dropped),
            *(drop_labels(each.regex) for each in self.labels),
        ]


ENGINE = Series(
    kept="vllm:.+",
    dropped=(
        Filter(
            regex=".+_created", why="the time at which a series began, one for each series of a counter or histogram"
        ),
        Filter(
            regex="vllm:lora_requests_info",
            why="its labels list adapters: a new series for every set of adapters that ever ran together",
        ),
        Filter(
            regex="vllm:(request_params_.+|request_max_num_generation_tokens_.+)",
            why="histograms of what clients wrote in a request, not of what the engine did",
        ),
        Filter(
            regex="vllm:(request_prefill_kv_computed_tokens|kv_block_.+)_(bucket|count|sum)",
            why="histograms for work on the engine itself",
        ),
        Filter(
            regex="vllm:(request_(prefill|decode|inference)_time_seconds|request_time_per_output_token_seconds|"
            "request_(prompt|generation)_tokens|request_num_preemptions|iteration_tokens_total)_bucket",
            why="percentiles that no rule and no panel shows, some 140 series of an engine; sum and count are kept",
        ),
        Filter(regex="vllm:cache_config_info", why="some twenty labels with options of the engine, which never change"),
    ),
    labels=(Filter(regex="model_name", why="one value for each engine, which the label service already names"),),
)
GATEWAY = Series(
    kept="llm_gateway_.+|process_(resident_memory_bytes|start_time_seconds)",
    dropped=(Filter(regex=".+_created", why="the time at which a series began"),),
)
ENVOY = Series(
    # Named one by one: Envoy has some hundred series for each cluster, which is each service. The gateway's pods show no other
    # (SHOWN in gateway/policy/envoy_admin.py); this is for a gateway of an older release, until it is rolled.
    kept="envoy_server_(live|uptime|memory_allocated|memory_heap_size|days_until_first_cert_expiring)"
    "|envoy_http_downstream_(cx_active|cx_total|rq_active|rq_total|rq_xx)"
    "|envoy_cluster_(membership_healthy|membership_total|upstream_cx_connect_fail|upstream_rq_active|upstream_rq_xx)"
    "|envoy_cluster_upstream_rq_(pending_overflow|retry|timeout)"
    "|envoy_overload_.+",
)
KARPENTER = Series(
    kept="karpenter_.+|controller_runtime_reconcile_(errors_)?total",
    dropped=(
        Filter(
            regex="karpenter_cloudprovider_instance_type_.+",
            why="one series for each instance type, zone and capacity type of the region: about ten thousand",
        ),
        Filter(regex="karpenter_pods_(state|.+_time_seconds)", why="one series and more for each pod of the cluster"),
        Filter(
            regex="karpenter_nodes_(total_pod_limits|total_daemon_requests|total_daemon_limits|system_overhead)",
            why="eight series for each node each; what a node can give and what pods requested are kept",
        ),
        Filter(regex="karpenter_.+_bucket", why="durations inside the controller; count and sum are kept"),
    ),
)
KEDA = Series(
    kept="keda_scaler_(active|detail_errors_total|metrics_value)|keda_scaled_object_(errors_total|paused)"
    "|controller_runtime_reconcile_(errors_)?total",
)
LOAD_BALANCER_CONTROLLER = Series(
    kept="aws_api_calls_total|awslbc_.+|controller_runtime_reconcile_(errors_)?total",
    dropped=(Filter(regex=".+_bucket", why="durations inside the controller; count and sum are kept"),),
)
NODE = Series(
    kept="node_.+|container_(cpu_usage_seconds_total|memory_working_set_bytes|start_time_seconds)|(scrape|resource_scrape)_error",
)
GPU = Series(
    kept="DCGM_FI_.+",
    labels=(
        Filter(
            regex="UUID|pci_bus_id|device|hostname|Hostname|DCGM_FI_DRIVER_VERSION|DCGM_FI_PROCESS_NAME",
            why="node, gpu and the MIG instance's own labels name the GPU already",
        ),
        Filter(
            regex="err_code|err_msg",
            why="the value of DCGM_FI_DEV_XID_ERRORS is that code; as a label it would begin a new series at each error",
        ),
    ),
)
PROMETHEUS = Series(
    kept="prometheus_.+|process_.+|go_memstats_(heap_inuse|next_gc)_bytes|go_goroutines",
    dropped=(
        Filter(regex="prometheus_(http|sd|engine)_.+", why="its own requests and discovery, by handler and kind"),
        Filter(regex=".+_bucket", why="durations inside Prometheus; count and sum are kept"),
    ),
)
ALERTMANAGER = Series(
    kept="alertmanager_.+|process_.+",
    dropped=(
        Filter(regex="alertmanager_(http|cluster|nflog|silences|oversize)_.+", why="its own requests and peers"),
        Filter(regex=".+_bucket", why="durations inside Alertmanager; count and sum are kept"),
    ),
)
