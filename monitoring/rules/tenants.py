"""Alerts on the gateway and its tenants: budgets, keys, the table, response logs, the gateway itself."""

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.rule import Alert, Group

_BUDGET = "max by (tenant) (llm_gateway_budget_used_ratio)"


def group(args: RuleArgs) -> Group:
    """The rules; for platforms with a gateway."""
    logs = (_response_logs_dropped(),) if args.response_logs else ()
    rules = (*_budgets(), _key_expires(), _key_old(args.key_age_days), _down(), _table_errors(), _ignored(), *logs)
    return Group(name="llm-gateway", rules=rules)


def _budgets() -> tuple[Alert, Alert]:
    near = Alert(
        name="LlmBudgetNearlySpent",
        expr=f"{_BUDGET} > 0.8 < 1",
        lasting="5m",
        severity="info",
        summary="{{ $labels.tenant }}: {{ $value | humanizePercentage }} of a budget is spent",
        description="At 100 % its requests are answered 429 insufficient_quota until the budget's period ends.",
    )
    spent = Alert(
        name="LlmBudgetSpent",
        expr=f"{_BUDGET} >= 1",
        severity="warning",
        summary="{{ $labels.tenant }}: a budget is spent, its requests are rejected",
        description="They are answered 429 insufficient_quota until the budget's period ends, or the budget is raised.",
    )
    return near, spent


def _key_expires() -> Alert:
    return Alert(
        name="LlmKeyExpires",
        expr="min by (tenant) (llm_gateway_key_expires_timestamp_seconds) - time() < 7d > 0",
        lasting="5m",
        severity="warning",
        summary="{{ $labels.tenant }}: an API key that is in use ends in {{ $value | humanizeDuration }}",
        description="Requests with it are answered 401 from then on. Rotate it: its successor is valid at once.",
    )


def _key_old(days: int) -> Alert:
    return Alert(
        name="LlmKeyOld",
        expr=f"time() - min by (tenant) (llm_gateway_key_created_timestamp_seconds) > {days}d",
        lasting="5m",
        severity="info",
        summary="{{ $labels.tenant }}: an API key that is in use is {{ $value | humanizeDuration }} old",
        description=f"It was created more than {days} days ago and has no successor. Rotate it, and give the new one an end.",
    )


def _down() -> Alert:
    return Alert(
        name="GatewayDown",
        expr='(sum(up{job="gateway"}) or vector(0)) == 0',
        lasting="2m",
        severity="critical",
        summary="No pod of the gateway shows metrics",
        description="Either no request of any tenant is answered, or the network no longer lets Prometheus in.",
    )


def _table_errors() -> Alert:
    return Alert(
        name="GatewayTableErrors",
        expr="sum(increase(llm_gateway_table_errors_total[5m])) > 0",
        lasting="5m",
        severity="warning",
        summary="DynamoDB did not answer {{ $value | humanize }} calls of the gateway in five minutes",
        description=(
            "Keys that were seen in the last ten minutes work on, by limits that each pod keeps alone; others get 503. "
            "Usage is written later."
        ),
    )


def _ignored() -> Alert:
    return Alert(
        name="GatewayIgnoresService",
        expr="max by (reason) (llm_gateway_ignored_services) > 0",
        lasting="10m",
        severity="warning",
        summary="The gateway ignores {{ $value }} Kubernetes Services, or their settings: {{ $labels.reason }}",
        description="Clients cannot reach these models, or they are served without their price or thresholds.",
    )


def _response_logs_dropped() -> Alert:
    dropped = "sum by (reason) (increase(llm_gateway_response_logs_dropped_total[30m]))"
    # A gateway whose records Firehose never took has no series of those it took.
    taken = "(sum(increase(llm_gateway_response_logs_total[30m])) or vector(0))"
    return Alert(
        name="GatewayResponseLogsDropped",
        expr=f"""
            {dropped} / on () group_left ()
            (sum(increase(llm_gateway_response_logs_dropped_total[30m])) + {taken}) > 0.01
        """,
        lasting="5m",
        severity="warning",
        summary="{{ $value | humanizePercentage }} of the responses with consent are not logged: {{ $labels.reason }}",
        description="Requests are answered as ever. What is not logged is lost; the reason says where it was dropped.",
    )
