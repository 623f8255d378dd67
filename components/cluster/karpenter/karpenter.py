"""Karpenter with all that it needs, and the pools whose nodes it launches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.cluster.addons.addon import SYSTEM_NAMESPACE
from components.cluster.context import ClusterContext
from components.cluster.karpenter.controller_policy import Grant, controller_policy
from components.cluster.karpenter.interruptions import interruptions
from components.cluster.karpenter.node_class import node_class
from components.cluster.karpenter.node_pool import node_pool
from components.cluster.karpenter.nodes import node_identity
from components.cluster.karpenter.releases import SERVICE_ACCOUNT, releases
from components.cluster.karpenter.spot import spot_role
from components.roles import service_account_role


@dataclass(frozen=True, kw_only=True)
class KarpenterArgs:
    """Arguments of :class:`Karpenter`."""

    context: ClusterContext
    """The cluster, at least one of whose pools has ``provisioner: karpenter``."""
    after: Sequence[pulumi.Resource]
    """What the controller's pods need to start: the system pool and add-ons."""
    drains: Sequence[pulumi.Resource]
    """What a node needs to be drained: the EBS CSI driver. It is deleted after the last node."""


class Karpenter(pulumi.ComponentResource):
    """Karpenter's controller, its queue and roles, and one EC2NodeClass and NodePool a pool.

    The order of creation is the order of a destroy, backwards: NodePools, then EC2NodeClasses, whose deletion waits until
    every node is gone, then the releases with the controller that terminates the nodes, then queue and roles.
    """

    interruption_queue: pulumi.Output[str]
    """Name of the queue of interruption notices."""
    node_role_arn: pulumi.Output[str]
    """ARN of the role of the nodes."""
    node_pools: Sequence[pulumi.Resource]
    """The NodePools: workloads depend on them, so that they are deleted before."""

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make Karpenter ``name``."""
        super().__init__("llm:cluster:Karpenter", name, None, opts)
        context = replace(args.context, name=name, parent=self)
        cluster = context.args
        notices = interruptions(context)
        nodes = node_identity(context)
        controller = service_account_role(
            name,
            context.trust,
            namespace=SYSTEM_NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            description="Karpenter: launches and terminates nodes",
            boundary=cluster.permissions_boundary,
            parent=self,
            document=controller_policy(
                Grant(
                    partition=context.partition,
                    region=cluster.region,
                    account=aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=self)).account_id,
                    cluster_name=cluster.cluster_name,
                    node_role_arn=nodes.role.arn,
                    queue_arn=notices.queue.arn,
                    volume_key=cluster.cluster.volume_key,
                )
            ),
        )
        spot = spot_role(context) if cluster.cluster.karpenter.create_spot_service_linked_role else None
        ready = [
            *releases(context, controller, notices.queue.name, args.after),
            *notices.delivery,
            *nodes.ready,
            *cluster.node_routes,
            *args.drains,
            *([spot] if spot else []),
        ]
        self.node_pools = [
            node_pool(pool, settings, context, [node_class(pool, settings, nodes.profile.name, context, ready)])
            for pool, settings in cluster.karpenter_pools.items()
        ]
        self.interruption_queue = notices.queue.name
        self.node_role_arn = nodes.role.arn
        self.register_outputs({"interruption_queue": self.interruption_queue, "node_role_arn": self.node_role_arn})
