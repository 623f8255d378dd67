"""What of a stack costs money, as plain data, made from settings or from resources."""

from dataclasses import dataclass
from typing import Literal

from planner.catalog.instances import InstanceType

GP3_BASELINE_IOPS = 3000
GP3_BASELINE_THROUGHPUT = 125
"""MiB/s; Amazon EBS User Guide, General Purpose SSD volumes: what the price of a GiB includes."""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """The gp3 volume of a node."""

    gib: int
    """Size in GiB."""
    iops: int = GP3_BASELINE_IOPS
    """Provisioned operations a second."""
    throughput: int = GP3_BASELINE_THROUGHPUT
    """Provisioned throughput in MiB/s."""


@dataclass(frozen=True, kw_only=True)
class NodeLimit:
    """The most that Karpenter launches for a pool, of nodes of any of its types.

    It is checked against what Karpenter knows to run, so pods that come together can overshoot it by a batch of nodes
    (https://karpenter.sh/docs/concepts/nodepools/, spec.limits); a sum counts one more node of the largest type.
    """

    amount: int
    """How much of the unit."""
    unit: Literal["GPUs", "vCPUs"]
    """What is limited."""

    def size(self, machine: InstanceType) -> int:
        """What one node of a type takes of the limit; 1 for a type that has none of it, which no limit would end."""
        return (machine.gpus if self.unit == "GPUs" else machine.vcpus) or 1


@dataclass(frozen=True, kw_only=True)
class BillablePool:
    """A pool of nodes."""

    name: str
    """Its name in the settings."""
    instance_types: tuple[str, ...]
    """EC2 instance types its nodes may be, the preferred one first."""
    spot: bool
    """Whether they are spot instances."""
    minimum: int
    """Nodes at its smallest."""
    deployed: int
    """Nodes that a deployment asks for."""
    maximum: int
    """Nodes at its largest."""
    disk: Disk
    """Root volume of each node."""
    limit: NodeLimit | None = None
    """The most that Karpenter launches; None for a node group, whose nodes are all of one type at a time."""
    needed: tuple[str, ...] = ()
    """Instance type of each node that services need of a Karpenter pool, as many as ``deployed``."""

    def __post_init__(self) -> None:
        """Refuse sizes that are not in order."""
        if not 0 <= self.minimum <= self.deployed <= self.maximum:
            sizes = f"{self.minimum}, {self.deployed}, {self.maximum}"
            raise ValueError(
                f"pool {self.name}: minimum, deployed and maximum are {sizes}: each at least the one before"
            )
        if not self.instance_types:
            raise ValueError(f"pool {self.name} names no instance type")
        if self.limit and len(self.needed) != self.deployed:
            raise ValueError(f"pool {self.name}: {self.deployed} nodes deployed, and types of {len(self.needed)}")


@dataclass(frozen=True, kw_only=True)
class BillableService:
    """A served model."""

    name: str
    """Its name in the settings."""
    pool: str
    """The pool it runs on, of this stack or of its platform's."""
    replicas: int
    """Pods."""
    gpus: int
    """GPUs of each pod."""
    weights_gib: float
    """Size of the weights in GiB."""
    weight_bits: int = 16
    """Bits of each weight."""
    active_share: float = 1.0
    """Share of the parameters that one token passes: below 1 for a mixture of experts."""
    bucket_prefix: str | None = None
    """Where in the bucket its weights are, if they are there."""
    least_replicas: int | None = None
    """Pods at least, where an autoscaler decides and ``replicas`` is the most; None for a fixed number."""
    load_balancer: bool = True
    """Whether it has a load balancer of its own."""
    internet_facing: bool = False
    """Whether that has public addresses, one a zone."""
    max_num_seqs: int | None = None
    """Requests vLLM runs at once in each replica; None for vLLM's own default."""
    vcpus: float = 0
    """vCPUs each pod requests, for a service without GPUs."""
    volume_gib: int = 0
    """Size of each pod's gp3 volume in GiB; 0 for none."""
    instance_type: str | None = None
    """Instance type that its pods are expected on; None for the first of its pool."""


@dataclass(frozen=True, kw_only=True)
class BillableGateway:
    """A gateway in front of the services: its pods are on nodes that are counted already."""

    internet_facing: bool
    """Whether its load balancer has public addresses, one a zone."""
    response_logs: bool = False
    """Whether prompts and answers go to the bucket, by Firehose."""


@dataclass(frozen=True, kw_only=True)
class BillableMonitoring:
    """Monitoring of a platform: its pods are on nodes that are counted already."""

    volume_gib: int
    """Size of Prometheus' gp3 volume in GiB."""
    alarms: int
    """Metrics that alarms of CloudWatch watch."""
    dashboards: int
    """Dashboards of CloudWatch."""
    container_logs: bool
    """Whether CloudWatch gets logs and metrics of the nodes' containers."""
    samples_per_month: float = 0
    """Samples a month that are also written to Amazon Managed Service for Prometheus; 0 for none."""
    samples_basis: str = ""
    """How these were estimated."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What no settings say: how much goes through. Zero leaves it out."""

    nat_gib_per_month: float = 0
    """GiB a month through the NAT gateways."""
    log_gib_per_month: float = 0
    """GiB a month of flow logs and of the control plane's logs."""


@dataclass(frozen=True, kw_only=True)
class BillableStack:
    """A whole stack."""

    stack: str
    """Its name."""
    region: str | None
    """AWS region, if it is known."""
    zones: int
    """Zones of its network; load balancers stand in each."""
    kubernetes: str | None = None
    """Kubernetes version of its cluster; None if it has none."""
    extended_support: bool = False
    """Whether its cluster stays on a version out of standard support, at a higher price, instead of being upgraded."""
    nat_gateways: int = 0
    """NAT gateways, each with a public address."""
    endpoint_interfaces: int = 0
    """Interface endpoints, each counted once for each zone it stands in."""
    kms_keys: int = 0
    """Customer-managed keys."""
    fsx_gib: int = 0
    """FSx for Lustre (PERSISTENT_2, 125 MB/s a TiB) in GiB."""
    pools: tuple[BillablePool, ...] = ()
    """Pools it pays for."""
    platform: str | None = None
    """On a team stack, the platform stack whose nodes it uses."""
    platform_pools: tuple[BillablePool, ...] = ()
    """Pools it uses and another stack pays for."""
    services: tuple[BillableService, ...] = ()
    """Its services."""
    gateway: BillableGateway | None = None
    """Its gateway, if it has one."""
    monitoring: BillableMonitoring | None = None
    """Its monitoring, if it has one."""
    image_cache: bool = False
    """Whether it has pull-through caches of images in Amazon ECR."""
    usage: Usage = Usage()
    """Traffic and logs to count, if asked."""

    def pool(self, name: str) -> BillablePool | None:
        """Return the pool of a name, of the stack or of its platform."""
        return next((pool for pool in (*self.pools, *self.platform_pools) if pool.name == name), None)

    def type_of(self, service: BillableService) -> str | None:
        """Instance type that a service's share of its nodes is counted with; None where its pool is not known."""
        pool = self.pool(service.pool)
        return (service.instance_type or pool.instance_types[0]) if pool else None
