"""What Prometheus is queried for about a service, which the portal alone writes: one query has every series of the charts.

Names: vLLM's and the gateway's own metrics; ``DCGM_FI_DEV_GPU_UTIL`` of NVIDIA's DCGM exporter; ``up`` of Prometheus itself.
Labels are those that the platform's Prometheus adds: ``service`` is STACK/SERVICE, as ``model`` is at the gateway; ``pod`` of a GPU is
the pod that has it.
"""

import json
from typing import Final

SERIES_LABEL: Final = "series"
POD_LABEL: Final = "pod"


def quoted(value: str) -> str:
    """Return a value as a string of PromQL, which escapes as Go and JSON do."""
    return json.dumps(value, ensure_ascii=False)


def expressions(service: str, window: int) -> dict[str, str]:
    """Return the expression of each series; none has a label in its result.

    Args:
        service: Public name, STACK/SERVICE.
        window: Seconds that each value is made of.
    """
    of_engine, of_gateway, over = f"service={quoted(service)}", f"model={quoted(service)}", f"[{window}s]"

    def engine_rate(metric: str, *matchers: str) -> str:
        return f"sum(rate({metric}{{{','.join((of_engine, *matchers))}}}{over}))"

    def gateway_rate(*matchers: str) -> str:
        return f"sum(rate(llm_gateway_requests_total{{{','.join((of_gateway, *matchers))}}}{over}))"

    def first_token(share: float, selected: str) -> str:
        return f"histogram_quantile({share}, sum by (le) (rate({selected}{over})))"

    def gauge(how: str, metric: str) -> str:
        return f"{how}(avg_over_time({metric}{{{of_engine}}}{over}))"

    def of_all(some: str, everything: str) -> str:
        """Where there are requests and none of some kind, that is zero, and no gap."""
        return f"60 * ({some} or 0 * {everything})"

    finished, answered = engine_rate("vllm:request_success_total"), gateway_rate()
    at_engine = f"vllm:time_to_first_token_seconds_bucket{{{of_engine}}}"
    at_gateway = f"llm_gateway_first_token_seconds_bucket{{{of_gateway}}}"
    pods = f'up{{job="engines",{of_engine}}}'
    own = f"max by (pod) (0 * {pods} + 1)"
    return {
        # An engine without metrics, such as Ollama, is seen by the gateway only.
        "requests": f"60 * ({finished} or {answered})",
        "first_token_p50": first_token(0.5, at_engine),
        "first_token_p95": first_token(0.95, at_engine),
        "gateway_first_token_p50": first_token(0.5, at_gateway),
        "gateway_first_token_p95": first_token(0.95, at_gateway),
        "prompt_tokens": engine_rate("vllm:prompt_tokens_total"),
        "answer_tokens": engine_rate("vllm:generation_tokens_total"),
        "waiting": gauge("sum", "vllm:num_requests_waiting"),
        "running": gauge("sum", "vllm:num_requests_running"),
        "gpu": f"avg(avg_over_time(DCGM_FI_DEV_GPU_UTIL{over}) * on (pod) group_left () {own})",
        "kv_cache": f"100 * {gauge('avg', 'vllm:kv_cache_usage_perc')}",
        "engine_errors": of_all(engine_rate("vllm:request_success_total", 'finished_reason="error"'), finished),
        "gateway_5xx": of_all(gateway_rate('code=~"5.."'), answered),
        "gateway_429": of_all(gateway_rate('code="429"'), answered),
        # Without samples for longer than the window there are no pods either: Prometheus itself was away.
        "replicas": f"count({pods} and present_over_time({pods}{over})) or max(llm_gateway_ready_replicas{{{of_gateway}}})",
    }


def first_tokens(service: str) -> str:
    """Return the query of the first token of each pod of a service: seconds from its container's start, by ``pod``.

    The rule records it for an hour after the start; a day is what Prometheus in the cluster keeps.

    Args:
        service: Public name, STACK/SERVICE.
    """
    return f"max by ({POD_LABEL}) (last_over_time(llm:engine_first_token_seconds{{service={quoted(service)}}}[1d]))"


def query(service: str, window: int) -> str:
    """Return one query whose result has a series each, named by the label ``series``."""
    return " or ".join(
        f'label_replace({expression}, "{SERIES_LABEL}", "{name}", "", "")'
        for name, expression in expressions(service, window).items()
    )
