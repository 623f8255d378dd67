"""Dashboard of a service: what its clients see, what its engines do, what its tokens cost."""

from monitoring.dashboards.panel import RATE, SERVICE, Dashboard, Panel, Query, Row, containers, one, quantiles

_ENGINE = 'service=~"$service"'
_GATEWAY = 'model=~"$service"'


def _limit(setting: str) -> Query:
    """The threshold of the service's alert; of several services the lowest."""
    return Query(expr=f'min(llm:service_setting{{setting="{setting}", {_ENGINE}}})', legend="alert")


def _rate(metric: str, selector: str = _ENGINE) -> str:
    return f"rate({metric}{{{selector}}}{RATE})"


_TOKENS = f"({_rate('vllm:prompt_tokens_total')} + {_rate('vllm:generation_tokens_total')})"
_USD_PER_HOUR = f"llm:service_usd_per_hour{{{_ENGINE}}}"
_PODS = f"group by (pod) (vllm:num_requests_running{{{_ENGINE}}})"
_MEMORY = containers('container_memory_working_set_bytes{container!=""}', "pod, container")
_PROCESSORS = containers(f'rate(container_cpu_usage_seconds_total{{container!=""}}{RATE})', "pod, container")

_CLIENTS = (
    Panel(
        title="Time to first token",
        description="From an engine's receipt of a request to its first token, the time in its queue included.",
        unit="s",
        queries=(*quantiles("vllm:time_to_first_token_seconds", _ENGINE, 50, 95, 99), _limit("ttft_p95_seconds")),
        runbooks=("LlmFirstTokenSlow",),
    ),
    Panel(
        title="Time between tokens",
        description="From one token of an answer to the next. It grows with the requests that run together.",
        unit="s",
        queries=(
            *quantiles("vllm:inter_token_latency_seconds", _ENGINE, 50, 95, 99),
            _limit("inter_token_p95_seconds"),
        ),
        runbooks=("LlmInterTokenSlow",),
    ),
    Panel(
        title="Duration of requests",
        description="From an engine's receipt of a request to its last token. It follows the length of answers.",
        unit="s",
        queries=quantiles("vllm:e2e_request_latency_seconds", _ENGINE, 50, 95, 99),
    ),
    Panel(
        title="Ends of requests",
        description=(
            "Requests that engines ended, by reason: stop and length are answers, abort is a client that left, "
            "error a fault of the engine."
        ),
        unit="reqps",
        queries=one(f"sum by (finished_reason) ({_rate('vllm:request_success_total')})", "{{finished_reason}}"),
        stacked=True,
    ),
    Panel(
        title="Answers of the gateway",
        description="By HTTP status: 429 are limits of tenants, 502 to 504 engines that fail or are missing.",
        unit="reqps",
        queries=one(f"sum by (code) ({_rate('llm_gateway_requests_total', _GATEWAY)})", "{{code}}"),
        runbooks=("LlmErrorsBurnFast", "LlmErrorsBurnSlow"),
        stacked=True,
    ),
    Panel(
        title="Success ratio",
        description="Part of the gateway's answers whose status is below 500, and that their engine ended.",
        unit="percentunit",
        queries=(
            Query(
                expr=(
                    f"""(sum({_rate("llm_gateway_requests_total", _GATEWAY + ', code!~"5.."')})"""
                    f" - (sum({_rate('llm_gateway_broken_answers_total', _GATEWAY)}) or vector(0)))"
                    f" / sum({_rate('llm_gateway_requests_total', _GATEWAY)})"
                ),
                legend="success",
            ),
            _limit("success_ratio"),
        ),
        runbooks=("LlmErrorsBurnFast", "LlmErrorsBurnSlow"),
        least=None,
        most=1,
    ),
)

_ENGINES = (
    Panel(
        title="Requests in engines",
        description="Running share the GPU; waiting have no place in the batch or in the KV cache.",
        unit="short",
        queries=(
            Query(expr=f"sum(vllm:num_requests_running{{{_ENGINE}}})", legend="running"),
            Query(expr=f"sum(vllm:num_requests_waiting{{{_ENGINE}}})", legend="waiting"),
        ),
        runbooks=("LlmQueueLong",),
    ),
    Panel(
        title="Time in the queue",
        description="From an engine's receipt of a request to its first step. Zero while there is room.",
        unit="s",
        queries=quantiles("vllm:request_queue_time_seconds", _ENGINE, 50, 95),
        runbooks=("LlmQueueTimeHigh",),
    ),
    Panel(
        title="KV cache in use",
        description="By replica. Near 100 % the next requests wait, or take the cache of others.",
        unit="percentunit",
        queries=(
            Query(expr=f"max by (pod) (vllm:kv_cache_usage_perc{{{_ENGINE}}})", legend="{{pod}}"),
            _limit("kv_cache_ratio"),
        ),
        runbooks=("LlmKvCacheFull",),
        most=1,
    ),
    Panel(
        title="Preemptions",
        description="Requests a second that lost their KV cache to others and are computed again.",
        unit="cps",
        queries=(
            Query(expr=f"sum({_rate('vllm:num_preemptions_total')})", legend="preemptions"),
            _limit("preemptions_per_second"),
        ),
        runbooks=("LlmPreemptions",),
    ),
    Panel(
        title="Prefix cache",
        description="Part of the tokens of prompts that were found in the cache, and cost no computation.",
        unit="percentunit",
        queries=one(
            f"sum({_rate('vllm:prefix_cache_hits_total')}) / sum({_rate('vllm:prefix_cache_queries_total')})", "found"
        ),
        most=1,
    ),
    Panel(
        title="GPU use",
        description="Part of the time in which the GPUs of its pods ran anything. 100 % does not mean that they are full.",
        unit="percentunit",
        queries=one(
            f"max by (pod, gpu) (DCGM_FI_DEV_GPU_UTIL * on (pod) group_left () {_PODS}) / 100", "{{pod}} GPU {{gpu}}"
        ),
        runbooks=("GpuIdle",),
        most=1,
    ),
    Panel(
        title="Memory of pods",
        description="Working set of the host's memory, not of the GPU's.",
        unit="bytes",
        queries=one(f"sum by (pod) ({_MEMORY} * on (pod) group_left () {_PODS})", "{{pod}}"),
    ),
    Panel(
        title="Processors of pods",
        description="Cores in use. One that is always full delays every token.",
        unit="short",
        queries=one(f"sum by (pod) ({_PROCESSORS} * on (pod) group_left () {_PODS})", "{{pod}}"),
    ),
    Panel(
        title="Length of requests",
        description="Tokens of a request, on average.",
        unit="suffix: tokens",
        queries=(
            Query(
                expr=f"sum({_rate('vllm:request_prompt_tokens_sum')}) / sum({_rate('vllm:request_prompt_tokens_count')})",
                legend="prompt",
            ),
            Query(
                expr=(
                    f"sum({_rate('vllm:request_generation_tokens_sum')})"
                    f" / sum({_rate('vllm:request_generation_tokens_count')})"
                ),
                legend="answer",
            ),
        ),
    ),
    Panel(
        title="Starts of engines",
        description=(
            "Starts of the last hour, from the container's start until the engine answered and until its first token, which waits "
            "for a first request too. Predicted is the slow end, without node and image."
        ),
        unit="s",
        queries=(
            Query(expr=f"max by (pod) (llm:engine_start_seconds{{{_ENGINE}}})", legend="{{pod}} answered"),
            Query(expr=f"max by (pod) (llm:engine_first_token_seconds{{{_ENGINE}}})", legend="{{pod}} first token"),
            Query(expr=f'max(llm:service_setting{{setting="start_seconds", {_ENGINE}}})', legend="predicted"),
        ),
        runbooks=("LlmStartSlow",),
        width=24,
    ),
)

_COST = (
    Panel(
        title="Tokens",
        description="Tokens a second of all replicas: of prompts, those from the prefix cache included, and of answers.",
        unit="suffix: tokens/s",
        queries=(
            Query(expr=f"sum({_rate('vllm:prompt_tokens_total')})", legend="prompts"),
            Query(expr=f"sum({_rate('vllm:generation_tokens_total')})", legend="answers"),
        ),
        width=6,
    ),
    Panel(
        title="Replicas",
        description="Ready replicas, and those that the settings want.",
        unit="short",
        queries=(
            Query(expr=f"sum(llm:service_ready_replicas{{{_ENGINE}}})", legend="ready"),
            Query(expr=f'sum(llm:service_setting{{setting="replicas", {_ENGINE}}})', legend="wanted"),
        ),
        runbooks=("LlmNoReplica", "LlmWakeFails", "LlmMetricsVanished", "LlmEnginesNotScraped"),
        width=6,
    ),
    Panel(
        title="Cost an hour",
        description="List price of its ready replicas in US dollars an hour, idle or not; without its load balancer.",
        unit="currencyUSD",
        queries=one(f"sum({_USD_PER_HOUR})", "cost"),
        runbooks=("LlmServiceIdle",),
        width=6,
    ),
    Panel(
        title="Cost of a million tokens",
        description="That cost over the tokens of prompts and answers of the moment. It falls with load.",
        unit="currencyUSD",
        queries=one(f"sum({_USD_PER_HOUR}) / (sum({_TOKENS} > 0) * 3600 / 1e6)", "cost"),
        width=6,
    ),
)

DASHBOARD = Dashboard(
    name="service",
    title="LLM service",
    description="One service: what its clients see, what its engines do, what its tokens cost.",
    variables=(SERVICE,),
    rows=(
        Row(title="What clients see", panels=_CLIENTS),
        Row(title="Engines", panels=_ENGINES),
        Row(title="Throughput and cost", panels=_COST),
    ),
)
