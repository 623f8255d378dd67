"""Alerts on nodes that Karpenter makes: limits of pools, failures, interruptions."""

from monitoring.rules.counters import begun_since_read
from monitoring.rules.rule import Alert, Group

_TAKEN = "spot_interrupted|scheduled_change|capacity_reservation_interrupted|instance_stopped|instance_terminated"
"""Kinds of messages after which a node ends, as Karpenter names them
(pkg/controllers/interruption/messages/types.go of aws/karpenter-provider-aws 1.14.1)."""


def group() -> Group:
    """The rules; for clusters with Karpenter."""
    return Group(name="llm-nodes", rules=(_near_limit(), _interrupted(), _claims_fail()))


def _near_limit() -> Alert:
    """A pool may be as large as its limit for good: only with pods that wait is it a fault.

    Karpenter counts those when it schedules, and leaves the last figure when none is pending any more: the count of its
    schedulings must rise.
    """
    schedules = 'sum(increase(karpenter_scheduler_scheduling_duration_seconds_count{controller="provisioner"}[5m])) > 0'
    # Of each pool once: while another pod of Karpenter becomes the leader, the figures of both are there.
    usage, limit = (f"max by (nodepool, resource_type) (karpenter_nodepools_{what})" for what in ("usage", "limit"))
    return Alert(
        name="NodePoolNearLimit",
        expr=f"""
            {usage} / {limit} > 0.9 and on () sum(karpenter_scheduler_unschedulable_pods_count) > 0 and on () {schedules}
        """,
        lasting="10m",
        severity="warning",
        summary="Node pool {{ $labels.nodepool }} has {{ $value | humanizePercentage }} of its limit of {{ $labels.resource_type }}, and pods wait",
        description="Karpenter makes no further node of the pool. Raise the pool's limit, or remove what is not used.",
    )


def _interrupted() -> Alert:
    messages = f'karpenter_interruption_received_messages_total{{message_type=~"{_TAKEN}"}}'
    return Alert(
        name="NodesInterrupted",
        expr=_more(messages, "message_type"),
        severity="info",
        summary="{{ $value }} nodes were announced to end within 15 minutes: {{ $labels.message_type }}",
        description="Karpenter drains them and makes others; requests move to the replicas that are left.",
    )


def _claims_fail() -> Alert:
    """Errors of calls that make a node, first of all for want of capacity."""
    return Alert(
        name="NodeClaimsFail",
        expr=_more('karpenter_cloudprovider_errors_total{method="Create"}', "error"),
        lasting="15m",
        severity="warning",
        summary="Karpenter could not make nodes: {{ $value }} failures in 15 minutes {{ $labels.error }}",
        description="Pods wait. InsufficientCapacityError: EC2 has none of the pool's instance types in its zones.",
    )


def _more(counter: str, label: str) -> str:
    """By how much a counter of Karpenter rose in 15 minutes, by a label, where it did."""
    begun = begun_since_read(counter, "15m", up='up{job="karpenter"}')
    return f"round(sum by ({label}) ({begun} or increase({counter}[15m]))) > 0"
