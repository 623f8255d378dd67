"""Dashboard of the nodes: how many of which pool, what they carry, what Karpenter does with them."""

from monitoring.dashboards.panel import NODE, POOL, RATE, Dashboard, Panel, Query, Row, containers, one

_NODES = 'pool=~"$pool", node=~"$node"'
_POOLS = 'nodepool=~"$pool"'
_TOP = 10
_CONTAINERS, _EACH = f'{{container!="", {_NODES}}}', "namespace, pod, container"
_MEMORY = containers(f"container_memory_working_set_bytes{_CONTAINERS}", _EACH)
_PROCESSORS = containers(f"rate(container_cpu_usage_seconds_total{_CONTAINERS}{RATE})", _EACH)

_USE = (
    Panel(
        title="Nodes by pool",
        description="Nodes whose kubelet answers.",
        unit="short",
        queries=one(f"count by (pool) (node_memory_working_set_bytes{{{_NODES}}})", "{{pool}}"),
        runbooks=("NodesInterrupted",),
        stacked=True,
    ),
    Panel(
        title="Processors of nodes",
        description="Cores in use.",
        unit="short",
        queries=one(f"sum by (node) (rate(node_cpu_usage_seconds_total{{{_NODES}}}{RATE}))", "{{node}}"),
    ),
    Panel(
        title="Memory of nodes",
        description="Working set. Near the node's memory the kubelet evicts pods.",
        unit="bytes",
        queries=one(f"sum by (node) (node_memory_working_set_bytes{{{_NODES}}})", "{{node}}"),
    ),
    Panel(
        title="Containers with the most memory",
        description=f"The {_TOP} with the largest working set.",
        unit="bytes",
        queries=one(
            f"topk({_TOP}, {_MEMORY})",
            "{{namespace}}/{{pod}} {{container}}",
        ),
        width=12,
    ),
    Panel(
        title="Containers with the most processor time",
        description=f"The {_TOP} with the most cores in use.",
        unit="short",
        queries=one(
            f"topk({_TOP}, {_PROCESSORS})",
            "{{namespace}}/{{pod}} {{container}}",
        ),
        width=12,
    ),
)

_KARPENTER = (
    Panel(
        title="NodeClaims",
        description="Nodes that Karpenter launched and ended, an hour.",
        unit="short",
        queries=(
            Query(
                expr=f"sum by (nodepool) (increase(karpenter_nodeclaims_created_total{{{_POOLS}}}[1h])) or vector(0)",
                legend="{{nodepool}} created",
            ),
            Query(
                expr=f"sum by (nodepool) (increase(karpenter_nodeclaims_terminated_total{{{_POOLS}}}[1h])) or vector(0)",
                legend="{{nodepool}} terminated",
            ),
        ),
        runbooks=("NodeClaimsFail",),
    ),
    Panel(
        title="Limits of NodePools",
        description="Part of a NodePool's limit in use. At 100 % Karpenter launches no further node.",
        unit="percentunit",
        queries=one(
            "max by (nodepool, resource_type) "
            f"(karpenter_nodepools_usage{{{_POOLS}}} / (karpenter_nodepools_limit{{{_POOLS}}} > 0))",
            "{{nodepool}} {{resource_type}}",
        ),
        runbooks=("NodePoolNearLimit",),
    ),
    Panel(
        title="Notices of interruption",
        description="Messages that Karpenter got, an hour, by kind: spot interruptions, maintenance, changes of state.",
        unit="short",
        queries=one(
            "sum by (message_type) (increase(karpenter_interruption_received_messages_total[1h])) or vector(0)",
            "{{message_type}}",
        ),
        runbooks=("NodesInterrupted",),
    ),
    Panel(
        title="Errors of EC2",
        description="Calls of Karpenter that failed, an hour, by error: such as InsufficientCapacityError.",
        unit="short",
        queries=one("sum by (error) (increase(karpenter_cloudprovider_errors_total[1h])) or vector(0)", "{{error}}"),
        runbooks=("NodeClaimsFail",),
        width=12,
    ),
    Panel(
        title="Errors of controllers",
        description="Reconciliations that failed: of Karpenter and of the AWS Load Balancer Controller.",
        unit="cps",
        queries=one(
            f"sum by (job, controller) (rate(controller_runtime_reconcile_errors_total{RATE}))",
            "{{job}} {{controller}}",
        ),
        width=12,
    ),
)

DASHBOARD = Dashboard(
    name="nodes",
    title="LLM nodes",
    description="Nodes and pools: how many, what they carry, and what Karpenter does with them.",
    variables=(POOL, NODE),
    rows=(Row(title="Use", panels=_USE), Row(title="Karpenter", panels=_KARPENTER)),
)
