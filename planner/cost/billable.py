"""What of a stack costs money, as plain data, made from settings or from resources."""

from dataclasses import dataclass

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

    def __post_init__(self) -> None:
        """Refuse sizes that are not in order."""
        if not 0 <= self.minimum <= self.deployed <= self.maximum:
            sizes = f"{self.minimum}, {self.deployed}, {self.maximum}"
            raise ValueError(
                f"pool {self.name}: minimum, deployed and maximum are {sizes}: each at least the one before"
            )
        if not self.instance_types:
            raise ValueError(f"pool {self.name} names no instance type")


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
    internet_facing: bool = False
    """Whether its load balancer has public addresses, one a zone."""
    max_num_seqs: int | None = None
    """Requests vLLM runs at once in each replica; None for vLLM's own default."""
    vcpus: float = 0
    """vCPUs each pod requests, for a service without GPUs."""
    volume_gib: int = 0
    """Size of each pod's gp3 volume in GiB; 0 for none."""


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
    usage: Usage = Usage()
    """Traffic and logs to count, if asked."""

    def pool(self, name: str) -> BillablePool | None:
        """Return the pool of a name, of the stack or of its platform."""
        return next((pool for pool in (*self.pools, *self.platform_pools) if pool.name == name), None)
