"""Input of a preflight: the parts of a stack's settings that AWS can refuse, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from planner.catalog.instances import InstanceType, instance_type
from settings.issues import Issue

NODE_GROUP = "llm:cluster:GpuCluster$eks:index:ManagedNodeGroup$aws:eks/nodeGroup:NodeGroup"
"""Types of a pool's node group and of its parents, as a URN has them."""
COMPONENT = "llm"
"""Name of the cluster component, with which the names of its pools begin."""


class Role(Protocol):
    """A role to assume before any call."""

    @property
    def role_arn(self) -> str:
        """Its ARN."""

    @property
    def external_id(self) -> str | None:
        """External ID that its trust policy requires."""

    @property
    def session_name(self) -> str | None:
        """Name of the session."""


@dataclass(frozen=True, kw_only=True)
class KarpenterPlan:
    """What Karpenter launches for a pool."""

    capacity_types: tuple[str, ...]
    """Any of reserved, spot and on_demand."""
    start_vcpus: int
    """vCPUs of the nodes that the stack's services need."""
    most_vcpus: int
    """vCPUs at its limits and of one largest node over them, since limits are eventually consistent."""
    reservations: tuple[str, ...] = ()
    """Ids of the capacity reservations it may use."""


@dataclass(frozen=True, kw_only=True)
class PoolPlan:
    """One node pool."""

    name: str
    kind: str
    """system, cpu or gpu."""
    instance_types: tuple[str, ...]
    spot: bool
    desired: int
    """Nodes it is to run."""
    max: int
    """Nodes it may run."""
    zones: tuple[str, ...]
    """Letters of the zones its nodes can be in."""
    update_strategy: str = "default"
    """How EKS replaces its nodes: minimal, or default."""
    karpenter: KarpenterPlan | None = None
    """What Karpenter launches for it; None for a node group."""

    @property
    def machines(self) -> tuple[InstanceType, ...]:
        """Its instance types, from the table."""
        return tuple(instance_type(name) for name in self.instance_types)

    @property
    def capacity_types(self) -> tuple[str, ...]:
        """Any of reserved, spot and on_demand: one of the two of a node group."""
        return self.karpenter.capacity_types if self.karpenter else ("spot" if self.spot else "on_demand",)


@dataclass(frozen=True, kw_only=True)
class ClusterPlan:
    """The EKS cluster."""

    name: str
    version: str
    support_type: str = "STANDARD"
    admins: tuple[str, ...] = ()
    """ARNs of roles."""
    volume_key: str | None = None
    """ARN of the KMS key of volumes; None for EBS's default key of the account."""


@dataclass(frozen=True, kw_only=True)
class DomainPlan:
    """The domain of the gateway."""

    name: str
    """In lower case, such as ``llm.example.com``."""
    zone_id: str | None = None
    """Hosted zone of its records."""
    certificate_arn: str | None = None
    """Certificate that is there."""
    private_ca_arn: str | None = None
    """CA that issues its certificate."""

    @property
    def validated(self) -> bool:
        """Whether ACM makes the certificate, and validates it in the zone."""
        return self.certificate_arn is None and self.private_ca_arn is None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a preflight checks: the facts of a stack that its checks compare with AWS."""

    stack: str
    project: str
    region: str
    account: str | None = None
    """The only account it may be in, if the settings name it."""
    assume_role: Role | None = None
    zones: tuple[str, ...] = ()
    """Letters of the network's zones; empty on a team stack."""
    cluster: ClusterPlan | None = None
    """None on a team stack."""
    spot_role: bool = False
    """Whether the stack makes the service-linked role of spot itself."""
    boundary: str | None = None
    """ARN of the permissions boundary."""
    nat_gateways: int = 0
    """NAT gateways of the network, each with an Elastic IP."""
    domain: DomainPlan | None = None
    """None without a gateway that has one."""
    auditors: tuple[str, ...] = ()
    """ARNs of the roles that may read response logs."""
    chat: bool = False
    """Whether a function posts alerts to a chat."""
    pools: Mapping[str, PoolPlan] = field(default_factory=dict)
    problems: tuple[Issue, ...] = field(default=(), compare=False)
    """Issues of its settings, for which the program refuses it; none where the program itself read them."""

    def node_group_urn(self, pool: str) -> str:
        """URN of a pool's node group."""
        return f"urn:pulumi:{self.stack}::{self.project}::{NODE_GROUP}::{COMPONENT}-{pool}"

    def zone_name(self, letter: str) -> str:
        """A zone's name in this region."""
        return f"{self.region}{letter}"
