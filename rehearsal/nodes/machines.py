"""The machines behind the Nodes: EC2 instances, and what kubelet would say of each."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from planner.catalog.instances import UnknownInstanceTypeError, instance_type
from rehearsal.nodes.api import Object

GPU_RESOURCE = "nvidia.com/gpu"
SPOT = "SPOT"
_EVICTION_MIB = 100
# Pods an EKS node takes follow from the network interfaces of its type; these are the figures of the m5 and g5 sizes.
_PODS_BY_VCPUS = ((2, 29), (8, 58), (10_000, 234))


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One EC2 instance: of a node group, or launched by Karpenter.

    Attributes:
        key: Node group ARN and index, or the id of a launched instance: the same machine always has the same name and
            address.
        group: Its node group; empty for a launched instance.
        pool: Its NodePool; empty in a node group.
        instance: Id of a launched instance; one of a node group has an id of its own making.
        gpu_capability: CUDA compute capability of its GPUs.
        failed: Whether its kubelet has stopped, as a rehearsed failure does.
    """

    key: str
    group: str
    cluster: str
    address: str
    region: str
    zone: str
    cidr: str
    instance_type: str
    capacity_type: str
    vcpus: int
    memory_gib: int
    gpus: int
    gpu: str
    gpu_capability: float
    disk_gib: int
    version: str
    pool: str = ""
    instance: str = ""
    failed: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    taints: list[dict[str, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The Node's name, as EC2's private DNS gives it."""
        domain = "ec2.internal" if self.region == "us-east-1" else f"{self.region}.compute.internal"
        return f"ip-{self.address.replace('.', '-')}.{domain}"

    @property
    def instance_id(self) -> str:
        """An EC2 instance ID."""
        return self.instance or f"i-{hashlib.sha256(f'{self.key} {self.address}'.encode()).hexdigest()[:17]}"

    def node(self) -> Object:
        """The Node object as kubelet registers it."""
        of_group = {"eks.amazonaws.com/nodegroup": self.group, "eks.amazonaws.com/capacityType": self.capacity_type}
        labels = {
            **(of_group if self.group else {}),
            "beta.kubernetes.io/instance-type": self.instance_type,
            "node.kubernetes.io/instance-type": self.instance_type,
            "topology.kubernetes.io/region": self.region,
            "topology.kubernetes.io/zone": self.zone,
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/os": "linux",
            "kubernetes.io/hostname": self.name,
        }
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": self.name,
                "labels": labels | self.labels,
                "annotations": {"rehearsal/instance-tags": ",".join(f"{k}={v}" for k, v in sorted(self.tags.items()))},
            },
            "spec": {"providerID": f"aws:///{self.zone}/{self.instance_id}", "taints": self.taints},
        }

    @property
    def pods(self) -> int:
        """How many pods it takes."""
        return next(count for vcpus, count in _PODS_BY_VCPUS if self.vcpus <= vcpus)

    @property
    def allocatable(self) -> dict[str, str]:
        """What of it is left for pods, without GPUs."""
        reserved = 255 + 11 * self.pods + _EVICTION_MIB
        return {
            "cpu": f"{self.vcpus * 1000 - _reserved_millicores(self.vcpus)}m",
            "memory": f"{self.memory_gib * 1024 - reserved}Mi",
            "pods": str(self.pods),
            "ephemeral-storage": f"{self.disk_gib * 1024 * 9 // 10 - 1024}Mi",
        }

    def status(self, *, gpus: int, kubelet: tuple[str, int]) -> Object:
        """NodeStatus, with the GPUs that a device plugin has registered; ``kubelet`` is where its kubelet listens."""
        capacity = {
            "cpu": str(self.vcpus),
            "memory": f"{self.memory_gib * 1024}Mi",
            "pods": str(self.pods),
            "ephemeral-storage": f"{self.disk_gib * 1024}Mi",
        }
        extended = {GPU_RESOURCE: str(gpus)} if self.gpus else {}
        return {
            "capacity": capacity | extended,
            "allocatable": self.allocatable | extended,
            "conditions": conditions(),
            "addresses": [
                {"type": "InternalIP", "address": self.address},
                {"type": "InternalDNS", "address": self.name},
                {"type": "Hostname", "address": self.name},
                # Where the API server reaches a kubelet that does not listen on its node's address.
                *([{"type": "ExternalIP", "address": kubelet[0]}] if kubelet[0] == "127.0.0.1" else []),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet[1]}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": self.instance_id,
                "containerRuntimeVersion": "rehearsal://1",
                "kernelVersion": "emulated",
                "kubeProxyVersion": "",
                "kubeletVersion": f"v{self.version or '1.35'}.0",
                "machineID": self.instance_id,
                "operatingSystem": "linux",
                "osImage": "Amazon Linux 2023, emulated by the rehearsal",
                "systemUUID": self.instance_id,
            },
        }


def conditions() -> list[Object]:
    """A healthy node's conditions, now."""
    now = timestamp()
    healthy = {
        "MemoryPressure": ("False", "KubeletHasSufficientMemory"),
        "DiskPressure": ("False", "KubeletHasNoDiskPressure"),
        "PIDPressure": ("False", "KubeletHasSufficientPID"),
        "Ready": ("True", "KubeletReady"),
    }
    return [
        {"type": kind, "status": status, "reason": reason, "lastHeartbeatTime": now, "lastTransitionTime": now}
        for kind, (status, reason) in healthy.items()
    ]


def timestamp() -> str:
    """Now, as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def type_facts(name: str, described: tuple[int, int] | None) -> Object:
    """The fields of a machine that follow from its instance type.

    Args:
        name: The instance type.
        described: VCPUs and GiB as EC2 describes them, for a type the tables do not have.
    """
    try:
        facts = instance_type(name)
    except UnknownInstanceTypeError:
        if described is None:
            raise
        return {"vcpus": described[0], "memory_gib": described[1], "gpus": 0, "gpu": "", "gpu_capability": 0.0}
    gpu, capability = (facts.gpu.name, facts.gpu.compute_capability) if facts.gpu else ("", 0.0)
    return {
        "vcpus": facts.vcpus,
        "memory_gib": facts.memory_gib,
        "gpus": facts.gpus,
        "gpu": gpu,
        "gpu_capability": capability,
    }


def _reserved_millicores(vcpus: int) -> int:
    """What EKS's bootstrap reserves of each further core: 6 %, 1 %, 0.5 %, 0.5 %, then 0.25 %."""
    shares = (60, 10, 5, 5)
    return int(sum(shares[:vcpus]) + max(0, vcpus - len(shares)) * 2.5)
