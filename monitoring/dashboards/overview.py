"""Dashboard of the platform: is all well, which service is not, what does it cost."""

from monitoring.dashboards.panel import RATE, Dashboard, Panel, Query, Row, one

_TOP = 10
_FIRING = 'ALERTS{alertstate="firing"}'


def _p95(metric: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, service) (rate({metric}_bucket{RATE})))"


_FINISHED = f"sum by (service) (rate(vllm:request_success_total{RATE}))"
_TOKENS = f"sum by (service) (rate(vllm:prompt_tokens_total{RATE}) + rate(vllm:generation_tokens_total{RATE}))"
_USD = "max by (service) (llm:service_usd_per_hour)"
_WANTED = 'max by (service) (llm:service_setting{setting="replicas"})'

_NOW = (
    Panel(
        title="Alerts",
        description="Alerts that fire, without those of severity info.",
        unit="short",
        queries=one(f'count({_FIRING[:-1]}, severity!="info"}}) or vector(0)'),
        kind="stat",
        width=4,
    ),
    Panel(
        title="Services",
        description="Services of all stacks.",
        unit="short",
        queries=one("count(llm:service)"),
        kind="stat",
        width=4,
    ),
    Panel(
        title="Replicas",
        description="Replicas that are ready, of all services.",
        unit="short",
        queries=one("sum(llm:service_ready_replicas)"),
        kind="stat",
        runbooks=("LlmNoReplica",),
        width=4,
    ),
    Panel(
        title="Nodes",
        description="Nodes whose kubelet answers.",
        unit="short",
        queries=one('sum(up{job="kubelet"})'),
        kind="stat",
        width=4,
    ),
    Panel(
        title="GPUs",
        description="GPUs that the DCGM exporter sees.",
        unit="short",
        queries=one("count(DCGM_FI_DEV_GPU_UTIL)"),
        kind="stat",
        width=4,
    ),
    Panel(
        title="Cost an hour",
        description="List price of all services' ready replicas in US dollars an hour; system nodes, load balancers and network are not in it.",
        unit="currencyUSD",
        queries=one(f"sum({_USD})"),
        kind="stat",
        width=4,
    ),
)

_SERVICES = (
    Panel(
        title="Figures of services",
        description="All services, with the newest figures of each.",
        unit="short",
        queries=(
            Query(expr="llm:service_ready_replicas", legend="Ready"),
            Query(expr=_WANTED, legend="Wanted"),
            Query(expr=_FINISHED, legend="Requests/s"),
            Query(expr=_p95("vllm:time_to_first_token_seconds"), legend="TTFT p95, s"),
            Query(expr="sum by (service) (vllm:num_requests_waiting)", legend="Waiting"),
            Query(expr=_TOKENS, legend="Tokens/s"),
            Query(expr=_USD, legend="USD/h"),
        ),
        kind="table",
        width=24,
    ),
    Panel(
        title="Time to first token, p95",
        description=f"The {_TOP} slowest services.",
        unit="s",
        queries=one(f"topk({_TOP}, {_p95('vllm:time_to_first_token_seconds')})", "{{service}}"),
        runbooks=("LlmFirstTokenSlow",),
    ),
    Panel(
        title="Requests",
        description=f"Requests that engines ended, of the {_TOP} busiest services.",
        unit="reqps",
        queries=one(f"topk({_TOP}, {_FINISHED})", "{{service}}"),
    ),
    Panel(
        title="Tokens",
        description=f"Tokens of prompts and answers, of the {_TOP} busiest services.",
        unit="suffix: tokens/s",
        queries=one(f"topk({_TOP}, {_TOKENS})", "{{service}}"),
    ),
    Panel(
        title="Requests that wait",
        description=f"In engines, by replica, of the {_TOP} longest queues.",
        unit="short",
        queries=one(f"topk({_TOP}, avg by (service) (vllm:num_requests_waiting))", "{{service}}"),
        runbooks=("LlmQueueLong",),
    ),
    Panel(
        title="KV cache in use",
        description=f"On average over the replicas, of the {_TOP} fullest services.",
        unit="percentunit",
        queries=one(f"topk({_TOP}, avg by (service) (vllm:kv_cache_usage_perc))", "{{service}}"),
        runbooks=("LlmKvCacheFull",),
        most=1,
    ),
    Panel(
        title="Alerts that fire",
        description="By name. None is a line at zero.",
        unit="short",
        queries=one(f"sum by (alertname) ({_FIRING}) or vector(0)", "{{alertname}}"),
        stacked=True,
    ),
)

_MONITORING = (
    Panel(
        title="Targets that do not answer",
        description="By job.",
        unit="short",
        queries=one("count by (job) (up) - sum by (job) (up)", "{{job}}"),
        runbooks=("PrometheusTargetDown",),
        width=6,
    ),
    Panel(
        title="Series in memory",
        description="What Prometheus holds; its memory follows it.",
        unit="short",
        queries=one("prometheus_tsdb_head_series", "series"),
        runbooks=("PrometheusNearItsLimit",),
        width=6,
    ),
    Panel(
        title="Memory of monitoring",
        description="Resident memory of Prometheus and Alertmanager.",
        unit="bytes",
        queries=one('process_resident_memory_bytes{job=~"prometheus|alertmanager"}', "{{job}}"),
        runbooks=("PrometheusNearItsLimit",),
        width=6,
    ),
    Panel(
        title="Samples",
        description="Samples that Prometheus stores.",
        unit="suffix: samples/s",
        queries=one(f"sum(rate(prometheus_tsdb_head_samples_appended_total{RATE}))", "samples"),
        width=6,
    ),
)

DASHBOARD = Dashboard(
    name="overview",
    title="LLM platform",
    description="The platform at a glance: is all well, which service is not, what does it cost.",
    rows=(
        Row(title="Now", panels=_NOW),
        Row(title="Services", panels=_SERVICES),
        Row(title="Monitoring itself", panels=_MONITORING),
    ),
)
