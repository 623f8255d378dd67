"""Alerts on nodes that Karpenter makes: limits of pools, failures, interruptions."""

from monitoring.rules.rule import Alert, Group

_TAKEN = "spot_interrupted|scheduled_change|capacity_reservation_interrupted|instance_stopped|instance_terminated"
"""Kinds of messages after which a node ends, as Karpenter names them
(pkg/controllers/interruption/messages/types.go of aws/karpenter-provider-aws 1.14.1)."""


def group() -> Group:
    """The rules; for clusters with Karpenter."""
    return Group(name="llm-nodes", rules=(_near_limit(), _interrupted(), _claims_fail()))


def _near_limit() -> Alert:
    """A pool may be as large as its limit for good: only with pods that wait is it a fault."""
    share = (
        "max by (nodepool, resource_type) "
        "(karpenter_nodepools_usage / on (nodepool, resource_type) karpenter_nodepools_limit)"
    )
    return Alert(
        name="NodePoolNearLimit",
        expr=f"{share} > 0.9 and on () sum(karpenter_scheduler_unschedulable_pods_count) > 0",
        lasting="10m",
        severity="warning",
        summary="Node pool {{ $labels.nodepool }} has {{ $value | humanizePercentage }} of its limit of {{ $labels.resource_type }}, and pods wait",
        description="Karpenter makes no further node of the pool. Raise the pool's limit, or remove what is not used.",
    )


def _interrupted() -> Alert:
    """A series begins with its first message, which increase() does not see: so the values themselves are compared."""
    now = f'sum by (message_type) (karpenter_interruption_received_messages_total{{message_type=~"{_TAKEN}"}})'
    before = now.replace("})", "} offset 15m)")
    return Alert(
        name="NodesInterrupted",
        expr=f"{now} - ({before} or {now} * 0) > 0",
        severity="info",
        summary="{{ $value }} nodes were announced to end within 15 minutes: {{ $labels.message_type }}",
        description="Karpenter drains them and makes others; requests move to the replicas that are left.",
    )


def _claims_fail() -> Alert:
    """Errors of calls that make a node, first of all for want of capacity."""
    now = 'sum by (error) (karpenter_cloudprovider_errors_total{method="Create"})'
    before = now.replace("})", "} offset 15m)")
    return Alert(
        name="NodeClaimsFail",
        expr=f"{now} - ({before} or {now} * 0) > 0",
        lasting="15m",
        severity="warning",
        summary="Karpenter could not make nodes: {{ $value }} failures in 15 minutes {{ $labels.error }}",
        description="Pods wait. InsufficientCapacityError: EC2 has none of the pool's instance types in its zones.",
    )
