"""Dashboard of the gateway: its answers, its tenants, its own health."""

from monitoring.dashboards.panel import RATE, SERVICE, TENANT, Dashboard, Panel, Query, Row, one, quantiles

_MODEL = 'model=~"$service"'
_BOTH = f'{_MODEL}, tenant=~"$tenant"'
_TENANT = 'tenant=~"$tenant"'
_TOP = 10
_DAY = 86_400
_LONGEST_DAYS = 3650
"""A key without an end has infinity, which no axis shows."""

_ANSWERS = (
    Panel(
        title="Answers",
        description="By HTTP status: 429 are limits of tenants, 502 to 504 engines that fail or are missing.",
        unit="reqps",
        queries=one(f"sum by (code) (rate(llm_gateway_requests_total{{{_BOTH}}}{RATE}))", "{{code}}"),
        runbooks=("LlmErrorsBurnFast", "LlmErrorsBurnSlow"),
        stacked=True,
    ),
    Panel(
        title="First byte of answers",
        description="From a request's first byte to the answer's: what clients see, with the time that a request is held.",
        unit="s",
        queries=quantiles("llm_gateway_first_token_seconds", _MODEL, 50, 95, 99),
        runbooks=("LlmFirstTokenSlow",),
    ),
    Panel(
        title="Requests in the gateway",
        description="At engines, and held until a replica is ready.",
        unit="short",
        queries=(
            Query(expr=f"sum(llm_gateway_in_flight{{{_MODEL}}})", legend="at engines"),
            Query(expr=f"sum(llm_gateway_held_requests{{{_MODEL}}}) or vector(0)", legend="held"),
        ),
    ),
)

_TENANTS = (
    Panel(
        title="Requests of tenants",
        description=f"The {_TOP} with the most.",
        unit="reqps",
        queries=one(f"topk({_TOP}, sum by (tenant) (rate(llm_gateway_requests_total{{{_BOTH}}}{RATE})))", "{{tenant}}"),
    ),
    Panel(
        title="Tokens of tenants",
        description=f"Of prompts and answers, the {_TOP} with the most.",
        unit="suffix: tokens/s",
        queries=one(f"topk({_TOP}, sum by (tenant) (rate(llm_gateway_tokens_total{{{_BOTH}}}{RATE})))", "{{tenant}}"),
    ),
    Panel(
        title="Tokens of a day",
        description="Tokens of the last 24 hours, by kind.",
        unit="suffix: tokens",
        queries=one(f"sum by (kind) (increase(llm_gateway_tokens_total{{{_BOTH}}}[24h]))", "{{kind}}"),
        stacked=True,
    ),
    Panel(
        title="Budgets",
        description="Largest part of a budget that a tenant has spent. At 100 % its requests are refused.",
        unit="percentunit",
        queries=one(f"topk({_TOP}, max by (tenant) (llm_gateway_budget_used_ratio{{{_TENANT}}}))", "{{tenant}}"),
        runbooks=("LlmBudgetNearlySpent", "LlmBudgetSpent"),
        width=6,
    ),
    Panel(
        title="Refused",
        description="Requests that the policy refused: keys that are not known, limits, budgets, models that are not there.",
        unit="reqps",
        queries=one(f"sum by (code) (rate(llm_gateway_refused_total{RATE})) or vector(0)", "{{code}}"),
        stacked=True,
        width=6,
    ),
    Panel(
        title="Keys that end",
        description="Days until the next key of a tenant ends, of those that were used in the last 24 hours.",
        unit="d",
        queries=one(
            f"bottomk({_TOP}, clamp_max((min by (tenant) (llm_gateway_key_expires_timestamp_seconds{{{_TENANT}}})"
            f" - time()) / {_DAY}, {_LONGEST_DAYS}))",
            "{{tenant}}",
        ),
        runbooks=("LlmKeyExpires",),
        least=None,
        width=6,
    ),
    Panel(
        title="Age of keys",
        description="Days since the oldest key of a tenant was created, of those without a successor that were used in the last 24 hours.",
        unit="d",
        queries=one(
            f"topk({_TOP}, (time() - min by (tenant) (llm_gateway_key_created_timestamp_seconds{{{_TENANT}}})) / {_DAY} >= 0)",
            "{{tenant}}",
        ),
        runbooks=("LlmKeyOld",),
        width=6,
    ),
)

_ITSELF = (
    Panel(
        title="Gateways",
        description="Pods of the gateway that answer.",
        unit="short",
        queries=one('sum(up{job="gateway"})', "ready"),
        runbooks=("GatewayDown",),
        width=6,
    ),
    Panel(
        title="Connections",
        description="Of clients to Envoy.",
        unit="short",
        queries=one("sum by (pod) (envoy_http_downstream_cx_active)", "{{pod}}"),
        width=6,
    ),
    Panel(
        title="Memory of Envoy",
        description="Heap in use. When it is full, Envoy refuses requests.",
        unit="bytes",
        queries=one("sum by (pod) (envoy_server_memory_allocated)", "{{pod}}"),
        width=6,
    ),
    Panel(
        title="Errors of the table",
        description="Calls of DynamoDB that failed: limits are then those of each gateway alone.",
        unit="cps",
        queries=one(f"sum(rate(llm_gateway_table_errors_total{RATE}))", "errors"),
        runbooks=("GatewayTableErrors",),
        width=6,
    ),
)

DASHBOARD = Dashboard(
    name="gateway",
    title="LLM gateway and tenants",
    description="The gateway: its answers, its tenants' use and limits, its own health.",
    variables=(SERVICE, TENANT),
    rows=(
        Row(title="Answers", panels=_ANSWERS),
        Row(title="Tenants", panels=_TENANTS),
        Row(title="The gateway itself", panels=_ITSELF),
    ),
)
