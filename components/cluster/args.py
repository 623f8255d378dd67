"""Arguments of the GPU cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi

from components.network.vpc import LlmVpc
from settings.derived.naming import Naming
from settings.derived.plan import StackPlan
from settings.models.account import AssumeRole
from settings.models.cluster import ClusterSettings
from settings.models.pools import Pool, PoolFacts
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
    assume_role: AssumeRole | None = None
    """Role that AWS is called with, so the kubeconfig's tokens are made with it too."""

    @classmethod
    def of(cls, settings: PlatformSettings, plan: StackPlan, naming: Naming, vpc: LlmVpc) -> Self:
        """Arguments of a stack's cluster in its network."""
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
            node_routes=vpc.node_routes,
            tags=naming.tags,
            labels=naming.labels,
            permissions_boundary=settings.permissions_boundary,
            assume_role=facts.assume_role,
        )
