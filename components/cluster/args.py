"""Arguments of the GPU cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi

from components.network.vpc import LlmVpc
from components.storage.pull_through_cache import PullThroughCache
from settings.artifacts.sources import ImageSources
from settings.derived.naming import Naming
from settings.derived.plan import StackPlan
from settings.models.account import AssumeRole
from settings.models.cluster import ClusterSettings
from settings.models.monitoring import CloudWatchSettings
from settings.models.pools import KarpenterNodePool, KarpenterPool, NodeGroup, NodeGroupPool, Pool, PoolFacts
from settings.models.stack import PlatformSettings


@dataclass(frozen=True, kw_only=True)
class GpuClusterArgs:
    """Arguments of :class:`GpuCluster`."""

    cluster: ClusterSettings
    """Version, access to the API, administrators, logs, deletion protection."""
    cluster_name: str
    """Name of the cluster in AWS, which people type."""
    region: str
    """AWS region, such as ``us-east-1``."""
    pools: Mapping[str, Pool]
    """Node pools by name."""
    pool_facts: Mapping[str, PoolFacts]
    """Facts of each pool that follow from what services request of it, such as the number of nodes."""
    vpc_id: pulumi.Input[str]
    """VPC of the cluster."""
    network_cidr: str
    """Address range of that VPC, from which the API is reached."""
    control_subnet_ids: pulumi.Input[Sequence[str]]
    """Subnets of the cluster's network interfaces."""
    node_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone letter to node subnet; nodes are in these only."""
    node_routes: Sequence[pulumi.Resource] = ()
    """What a node needs to reach anything outside."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of instances, volumes and network interfaces."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of Kubernetes objects."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role made here."""
    chart_mirror: str | None = None
    """Repository that every Helm chart is fetched from; None for each chart's own."""
    images: ImageSources = field(default_factory=ImageSources)
    """From where images are pulled."""
    image_cache_repositories: Sequence[pulumi.Input[str]] = ()
    """ARNs of the repositories that nodes fill by pulling through a cache; none without one."""
    assume_role: AssumeRole | None = None
    """Role that AWS is called with, so the kubeconfig's tokens are made with it too."""
    container_insights: CloudWatchSettings | None = None
    """What CloudWatch collects from the cluster; None for a cluster without the observability add-on."""
    keda: bool = False
    """Whether the cluster has KEDA, which scales services."""
    service_priorities: bool = False
    """Whether the cluster has PriorityClasses of services."""
    control_cidrs: Sequence[str] = ()
    """Networks of the API server's own interfaces, from which it calls the cluster's APIs that pods serve."""
    protect: bool = False
    """Whether the stack is protected; nodes of Karpenter are then removed only when they are empty, unless a pool says else."""

    @property
    def node_group_pools(self) -> Mapping[str, NodeGroupPool]:
        """The pools whose nodes managed node groups launch."""
        return {name: pool for name, pool in self.pools.items() if isinstance(pool, NodeGroup)}

    @property
    def karpenter_pools(self) -> Mapping[str, KarpenterNodePool]:
        """The pools whose nodes Karpenter launches."""
        return {name: pool for name, pool in self.pools.items() if isinstance(pool, KarpenterPool)}

    @property
    def repairs_nodes(self) -> bool:
        """Whether EKS or Karpenter replaces nodes that fail, for which the node monitoring agent finds the faults."""
        return self.cluster.repairs_nodes(karpenter=bool(self.karpenter_pools))

    @property
    def system_facts(self) -> PoolFacts:
        """The pool of the cluster's own workloads."""
        return next(facts for facts in self.pool_facts.values() if facts.kind == "system")

    def subnets_of(self, pool: Pool) -> Mapping[str, pulumi.Input[str]]:
        """Zone letter to node subnet, of the zones that the pool's nodes are in."""
        return {zone: subnet for zone, subnet in self.node_subnet_ids.items() if not pool.zones or zone in pool.zones}

    @classmethod
    def of(
        cls,
        settings: PlatformSettings,
        plan: StackPlan,
        naming: Naming,
        vpc: LlmVpc,
        image_cache: PullThroughCache | None = None,
    ) -> Self:
        """Arguments of a stack's cluster in its network, whose nodes pull images through a cache if there is one."""
        facts = plan.facts
        return cls(
            cluster=settings.cluster,
            cluster_name=naming.cluster,
            region=facts.region,
            pools=settings.pools,
            pool_facts=facts.pools,
            vpc_id=vpc.vpc_id,
            network_cidr=settings.network.cidr,
            control_subnet_ids=vpc.control_subnet_ids,
            node_subnet_ids=vpc.node_subnet_ids,
            node_routes=[*vpc.node_routes, *(image_cache.rules if image_cache else ())],
            tags=naming.tags,
            labels=naming.labels,
            permissions_boundary=settings.permissions_boundary,
            chart_mirror=settings.charts.mirror,
            images=facts.image_sources,
            image_cache_repositories=image_cache.repositories if image_cache else (),
            assume_role=facts.assume_role,
            container_insights=settings.monitoring.container_insights,
            keda=facts.keda is not None,
            service_priorities=facts.priorities is not None,
            control_cidrs=facts.load_balancer_cidrs["internal"],
            protect=settings.protect,
        )
