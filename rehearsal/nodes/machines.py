"""The machines behind the Nodes: which ones a node group brings, and what kubelet would say of each."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from planner.catalog.instances import UnknownInstanceTypeError, instance_type
from rehearsal.nodes.api import Object
from rehearsal.nodes.aws import NodeGroup

GPU_RESOURCE = "nvidia.com/gpu"
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
_EVICTION_MIB = 100
# Pods an EKS node takes follow from the network interfaces of its type; these are the figures of the m5 and g5 sizes.
_PODS_BY_VCPUS = ((2, 29), (8, 58), (10_000, 234))


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One EC2 instance of a node group.

    Attributes:
        key: Node group ARN and index: the same machine always has the same name and address.
        gpu_capability: CUDA compute capability of its GPUs.
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
        return f"i-{hashlib.sha256(self.key.encode()).hexdigest()[:17]}"

    def node(self) -> Object:
        """The Node object as kubelet registers it."""
        labels = {
            "eks.amazonaws.com/nodegroup": self.group,
            "eks.amazonaws.com/capacityType": self.capacity_type,
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

    def status(self, *, gpus: int, kubelet_port: int) -> Object:
        """NodeStatus, with the GPUs that a device plugin has registered."""
        pods = next(count for vcpus, count in _PODS_BY_VCPUS if self.vcpus <= vcpus)
        memory = self.memory_gib * 1024
        reserved = 255 + 11 * pods + _EVICTION_MIB
        disk = self.disk_gib * 1024
        capacity = {"cpu": str(self.vcpus), "memory": f"{memory}Mi", "pods": str(pods)}
        allocatable = {
            "cpu": f"{self.vcpus * 1000 - _reserved_millicores(self.vcpus)}m",
            "memory": f"{memory - reserved}Mi",
            "pods": str(pods),
            "ephemeral-storage": f"{disk * 9 // 10 - 1024}Mi",
        }
        extended = {GPU_RESOURCE: str(gpus)} if self.gpus else {}
        return {
            "capacity": capacity | {"ephemeral-storage": f"{disk}Mi"} | extended,
            "allocatable": allocatable | extended,
            "conditions": conditions(),
            "addresses": [
                {"type": "InternalIP", "address": self.address},
                {"type": "InternalDNS", "address": self.name},
                {"type": "Hostname", "address": self.name},
                # Where the API server reaches the agent for logs.
                {"type": "ExternalIP", "address": "127.0.0.1"},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
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


def machine(group: NodeGroup, index: int, address: str, described: tuple[int, int] | None) -> Machine:
    """The machine of a group's index.

    Args:
        group: Its node group.
        index: 0 for the first; subnets are used in turn.
        address: Its private address.
        described: VCPUs and GiB as EC2 describes them, for a type the tables do not have.
    """
    try:
        facts = instance_type(group.instance_type)
    except UnknownInstanceTypeError:
        if described is None:
            raise
        vcpus, memory_gib, gpus, gpu, capability = *described, 0, "", 0.0
    else:
        vcpus, memory_gib, gpus = facts.vcpus, facts.memory_gib, facts.gpus
        gpu, capability = (facts.gpu.name, facts.gpu.compute_capability) if facts.gpu else ("", 0.0)
    subnet = group.subnets[index % len(group.subnets)]
    return Machine(
        key=key(group, index),
        group=group.name,
        cluster=group.cluster,
        address=address,
        region=group.region,
        zone=subnet.zone,
        cidr=subnet.cidr,
        instance_type=group.instance_type,
        capacity_type=group.capacity_type,
        vcpus=vcpus,
        memory_gib=memory_gib,
        gpus=gpus,
        gpu=gpu,
        gpu_capability=capability,
        disk_gib=group.disk_gib,
        version=group.version,
        labels=group.labels,
        taints=[_taint(taint) for taint in group.taints],
        tags=group.instance_tags,
    )


def key(group: NodeGroup, index: int) -> str:
    """What a machine is known by."""
    return f"{group.arn}#{index}"


def _taint(taint: dict[str, str]) -> dict[str, str]:
    value = {"value": taint["value"]} if taint.get("value") else {}
    return {"key": taint["key"], "effect": _EFFECTS.get(taint["effect"], taint["effect"])} | value


def _reserved_millicores(vcpus: int) -> int:
    """What EKS's bootstrap reserves of each further core: 6 %, 1 %, 0.5 %, 0.5 %, then 0.25 %."""
    shares = (60, 10, 5, 5)
    return int(sum(shares[:vcpus]) + max(0, vcpus - len(shares)) * 2.5)
