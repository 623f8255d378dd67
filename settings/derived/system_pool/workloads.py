"""Every workload of the system pool with what it requests: one entry each.

Figures of EKS's own add-ons are the defaults of what they are built from, read on 2026-11-27; an add-on's version can change
them, and :data:`settings.derived.system_pool.room.MARGIN` is kept for that. What a component sets itself, it takes from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from settings.derived.monitoring.sizes import MonitoringSize, monitoring_size
from settings.models.gateway import GatewaySettings
from settings.models.monitoring import MonitoringSettings
from settings.models.pools import Pool, has_karpenter
from settings.models.services.base import ServiceSettings

_MIB_PER_GIB = 1024


@dataclass(frozen=True, kw_only=True)
class SystemWorkload:
    """A Deployment, DaemonSet or Job of the system pool."""

    name: str
    """Its name in the cluster."""
    vcpus: float
    """vCPUs that each pod requests."""
    memory_mib: int
    """Memory that each pod requests, in MiB; 0 where its chart requests none."""
    replicas: int = 1
    """Its pods; those of a DaemonSet are counted by node."""
    one_per_node: bool = False
    """Whether two of its pods never share a node (a required anti-affinity)."""
    over_zones: bool = False
    """Whether its pods must be spread over zones (``DoNotSchedule``, skew 1)."""
    can_wait: bool = False
    """Whether it can wait while a node is away."""

    @property
    def requests(self) -> dict[str, str]:
        """The same as a container's ``resources.requests``."""
        cpu = f"{self.vcpus:g}" if float(self.vcpus).is_integer() else f"{round(self.vcpus * 1000)}m"
        whole, rest = divmod(self.memory_mib, _MIB_PER_GIB)
        return {"cpu": cpu, "memory": f"{self.memory_mib}Mi" if rest else f"{whole}Gi"}


VPC_CNI = SystemWorkload(name="aws-node", vcpus=0.05, memory_mib=0)
"""Two containers of 25m, aws-node and aws-eks-nodeagent (stable/aws-vpc-cni/values.yaml of aws/eks-charts)."""
KUBE_PROXY = SystemWorkload(name="kube-proxy", vcpus=0.1, memory_mib=0)
"""pkg/addons/default/testdata/sample-1.25.json of eksctl-io/eksctl, taken from a cluster."""
EBS_CSI_NODE = SystemWorkload(name="ebs-csi-node", vcpus=0.03, memory_mib=120)
"""Three containers of 10m and 40Mi (values.yaml of chart 2.64.0 of kubernetes-sigs/aws-ebs-csi-driver)."""
NODE_MONITORING = SystemWorkload(name="eks-node-monitoring-agent", vcpus=0.01, memory_mib=30)
"""values.yaml of charts/eks-node-monitoring-agent of aws/eks-node-monitoring-agent, v1.7.0."""

CLOUDWATCH_AGENT = SystemWorkload(name="cloudwatch-agent", vcpus=0.25, memory_mib=128)
FLUENT_BIT = SystemWorkload(name="fluent-bit", vcpus=0.1, memory_mib=128)
"""The agent has what values.yaml of charts/amazon-cloudwatch-observability of aws-observability/helm-charts requests (chart 6.4.0);
Fluent Bit more than the 50m and 25Mi there, which are less than the 50 MB that its buffer may have, and twice the limit of 250Mi."""

COREDNS = SystemWorkload(name="coredns", replicas=2, vcpus=0.1, memory_mib=70)
"""pkg/addons/default/assets/coredns-1.36.json of eksctl-io/eksctl; spread over hosts and zones as far as possible."""
METRICS_SERVER = SystemWorkload(name="metrics-server", replicas=2, vcpus=0.1, memory_mib=200)
"""charts/metrics-server/values.yaml of kubernetes-sigs/metrics-server; EKS's add-on runs two."""
EBS_CSI_CONTROLLER = SystemWorkload(name="ebs-csi-controller", replicas=2, vcpus=0.06, memory_mib=240)
"""Six containers of 10m and 40Mi, the snapshotter included (same chart as the node's)."""
LOAD_BALANCER_CONTROLLER = SystemWorkload(name="aws-load-balancer-controller", replicas=2, vcpus=0.1, memory_mib=128)
"""What values.yaml of chart 1.14.0 of aws/eks-charts shows in a comment; it requests nothing by itself."""
KARPENTER = SystemWorkload(name="karpenter", replicas=2, vcpus=1, memory_mib=1024, one_per_node=True, over_zones=True)
"""What charts/karpenter/values.yaml of aws/karpenter-provider-aws 1.14.1 shows in a comment; it requests nothing by itself.
Its anti-affinity and spread are the chart's."""
ENVOY = SystemWorkload(name="envoy", vcpus=0.25, memory_mib=512)
"""A container of the gateway: 81 MiB and 0.4 ms of CPU a request were measured, and a held request keeps its body."""
POLICY = SystemWorkload(name="policy", vcpus=0.25, memory_mib=256)
"""A container of the gateway: two processes, 31 MiB and 0.3 ms of CPU a request were measured of one."""
CLOUDWATCH_OPERATOR = SystemWorkload(
    name="amazon-cloudwatch-observability-controller-manager", vcpus=0.1, memory_mib=64, can_wait=True
)
"""Makes the two DaemonSets of the add-on; same chart."""
ALERTMANAGER = SystemWorkload(name="alertmanager", vcpus=0.05, memory_mib=128)
"""One pod; its memory grows with alerts, of which there are hundreds at most."""
GRAFANA = SystemWorkload(name="grafana", vcpus=0.1, memory_mib=512)
"""What https://grafana.com/docs/grafana/latest/setup-grafana/installation/ names as least."""
KEDA_OPERATOR = SystemWorkload(name="keda-operator", vcpus=0.1, memory_mib=256)
KEDA_ADAPTER = SystemWorkload(name="keda-metrics-apiserver", vcpus=0.1, memory_mib=256)
"""CPU of config/manager and config/metrics-server of kedacore/keda 2.21.0, which request 100 MiB each; 116 and 149 MiB were
measured at their peak with one ScaledObject."""
BENCHMARK_JOB = SystemWorkload(name="benchmark", vcpus=0.5, memory_mib=512, can_wait=True)
"""Sends the requests of a benchmark, ten at once: a busy client would measure itself."""
MIRROR_JOB = SystemWorkload(name="mirror", vcpus=0.5, memory_mib=1024, can_wait=True)
"""The Job that copies a service's weights into the bucket: parts in memory, and one core for TLS."""


def on_each_node(*, node_repair: bool, monitoring: MonitoringSettings | None = None) -> tuple[SystemWorkload, ...]:
    """DaemonSets of a node of the system pool; the NVIDIA device plugin is on GPU nodes only."""
    return (
        VPC_CNI,
        KUBE_PROXY,
        EBS_CSI_NODE,
        *((NODE_MONITORING,) if node_repair else ()),
        *((CLOUDWATCH_AGENT, FLUENT_BIT) if monitoring and monitoring.container_insights else ()),
    )


def deployments(
    pools: Mapping[str, Pool],
    gateway: GatewaySettings | None = None,
    monitoring: MonitoringSettings | None = None,
    *,
    keda: bool = False,
) -> tuple[SystemWorkload, ...]:
    """Deployments of the system pool."""
    always = (COREDNS, METRICS_SERVER, EBS_CSI_CONTROLLER, LOAD_BALANCER_CONTROLLER)
    karpenter = (KARPENTER,) if has_karpenter(pools) else ()
    return (*always, *karpenter, *(_gateway(gateway) if gateway else ()), *_monitoring(monitoring), *_keda(keda=keda))


def _keda(*, keda: bool) -> tuple[SystemWorkload, ...]:
    return (KEDA_OPERATOR, KEDA_ADAPTER) if keda else ()


def _gateway(settings: GatewaySettings) -> tuple[SystemWorkload, ...]:
    """The gateway's pods, and the one more that a rollout starts before it stops another."""
    pod = SystemWorkload(
        name="gateway",
        vcpus=ENVOY.vcpus + POLICY.vcpus,
        memory_mib=ENVOY.memory_mib + POLICY.memory_mib,
        replicas=settings.replicas,
    )
    return pod, replace(pod, name="gateway-rollout", replicas=1, can_wait=True)


def prometheus_workload(size: MonitoringSize) -> SystemWorkload:
    """Prometheus; its volume is in one zone, so it waits while that zone has no node."""
    return SystemWorkload(name="prometheus", vcpus=size.vcpus, memory_mib=size.memory_mib, can_wait=True)


def _monitoring(settings: MonitoringSettings | None) -> tuple[SystemWorkload, ...]:
    size = monitoring_size(settings)
    if settings is None or size is None:
        return ()
    return (
        prometheus_workload(size),
        ALERTMANAGER,
        *((GRAFANA,) if settings.grafana else ()),
        *((CLOUDWATCH_OPERATOR,) if settings.container_insights else ()),
    )


def mirror_jobs(services: Mapping[str, ServiceSettings]) -> int:
    """Copies of weights that run on the system pool, each once, at the first ``up`` of its service."""
    return sum(one.copied_into_bucket for one in services.values())
