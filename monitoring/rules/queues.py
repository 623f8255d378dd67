"""Alerts on causes: what waits in an engine, and why. Users may not notice yet, so none of them is critical."""

from monitoring.rules.burn import FEWEST_REQUESTS
from monitoring.rules.rule import Alert, Group
from monitoring.rules.services import setting


def group() -> Group:
    """The rules on queue, KV cache, preemptions and admission, from the engines' own series."""
    return Group(
        name="llm-queues",
        rules=(_queue_long(), _queue_time_high(), _kv_cache_full(), _preemptions(), _admission_rejected()),
    )


def _queue_long() -> Alert:
    replicas = "count by (service) (count by (service, pod) (vllm:num_requests_waiting))"
    return Alert(
        name="LlmQueueLong",
        expr=f"""
            sum by (service) (vllm:num_requests_waiting) / {replicas}
            > on (service) {setting("queue_per_replica")}
        """,
        lasting="5m",
        severity="warning",
        summary="{{ $labels.service }}: {{ $value | humanize }} requests wait for each replica",
        description="Requests come faster than the replicas answer. Add replicas, or lower the limits of tenants.",
    )


def _queue_time_high() -> Alert:
    histogram = "vllm:request_queue_time_seconds"
    quantile = f"histogram_quantile(0.95, sum by (le, service) (rate({histogram}_bucket[5m])))"
    return Alert(
        name="LlmQueueTimeHigh",
        expr=f"""
            {quantile} > on (service) {setting("ttft_p95_seconds")}
            and on (service) sum by (service) (increase({histogram}_count[5m])) >= {FEWEST_REQUESTS}
        """,
        lasting="10m",
        severity="warning",
        summary="{{ $labels.service }}: requests wait up to {{ $value | humanizeDuration }} before an engine takes them",
        description=(
            "5 % of the requests wait longer in the engine's queue than ttft_p95_seconds allows for the first token as a "
            "whole. Add replicas, or lower the limits of tenants."
        ),
    )


def _kv_cache_full() -> Alert:
    return Alert(
        name="LlmKvCacheFull",
        expr=f"avg by (service) (vllm:kv_cache_usage_perc) > on (service) {setting('kv_cache_ratio')}",
        lasting="10m",
        severity="warning",
        summary="{{ $labels.service }}: {{ $value | humanizePercentage }} of the KV cache is in use",
        description="The next long requests wait, or take the cache from others, which then start again (preemption).",
    )


def _preemptions() -> Alert:
    return Alert(
        name="LlmPreemptions",
        expr=f"""
            sum by (service) (rate(vllm:num_preemptions_total[10m])) > on (service) {setting("preemptions_per_second")}
        """,
        lasting="10m",
        severity="warning",
        summary="{{ $labels.service }}: {{ $value | humanize }} requests a second lose their KV cache and start again",
        description="The KV cache is too small for what runs at once: their tokens come late, and GPU time is spent twice.",
    )


def _admission_rejected() -> Alert:
    return Alert(
        name="LlmAdmissionRejected",
        expr="sum by (service) (increase(vllm:admission_rejections_total[10m])) > 0",
        lasting="5m",
        severity="warning",
        summary="{{ $labels.service }}: an engine rejects requests, since its queue is at its limit",
        description="max-num-queued-reqs or max-num-queued-tokens of the engine is reached; clients get an error at once.",
    )
