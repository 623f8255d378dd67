"""Every Helm chart that the program deploys, and from where it is fetched."""

from collections.abc import Callable
from dataclasses import dataclass

from settings.artifacts.needs import Needs

OCI = "oci://"


@dataclass(frozen=True, kw_only=True)
class ChartSource:
    """How a Helm release names its chart."""

    chart: str
    """Name of the chart, or ``oci://REGISTRY/PATH/NAME``."""
    version: str
    """Its version."""
    repository: str | None
    """Repository that the name is looked up in; None for a chart of an OCI registry."""

    @property
    def address(self) -> str:
        """Where it is: the chart in an OCI registry, else the repository."""
        return self.chart if self.repository is None else self.repository


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One Helm chart that the program can deploy."""

    name: str
    """Its name, the same in every repository."""
    repository: str
    """Its own repository: ``https://HOST/PATH``, or ``oci://REGISTRY/PATH``."""
    version: str
    """The version that is deployed."""
    needed: Callable[[Needs], bool]
    """Whether a stack deploys it."""
    sha256: str | None = None
    """SHA-256 of its archive; None where no source that can be read has it."""

    def source(self, mirror: str | None) -> ChartSource:
        """From where a stack with this ``charts.mirror`` fetches it."""
        repository = mirror or self.repository
        if repository.startswith(OCI):
            return ChartSource(chart=f"{repository}/{self.name}", version=self.version, repository=None)
        return ChartSource(chart=self.name, version=self.version, repository=repository)


LOAD_BALANCER_CONTROLLER = Chart(
    name="aws-load-balancer-controller",
    repository="https://aws.github.io/eks-charts",
    version="1.14.0",
    # index.yaml of branch gh-pages of aws/eks-charts, and computed from the archive there.
    sha256="f0c07f52c9b7cbd6ec6e806c73f37438837924cf8f6349e01dea373d47b6b8dc",
    needed=lambda needs: needs.platform,
)
KARPENTER_CRD = Chart(
    name="karpenter-crd",
    repository="oci://public.ecr.aws/karpenter",
    version="1.14.1",
    needed=lambda needs: needs.karpenter,
)
KARPENTER = Chart(
    name="karpenter",
    repository="oci://public.ecr.aws/karpenter",
    version="1.14.1",
    needed=lambda needs: needs.karpenter,
)

CHARTS: tuple[Chart, ...] = (LOAD_BALANCER_CONTROLLER, KARPENTER_CRD, KARPENTER)
"""All of them, in the order in which they are deployed; a further one is an entry here."""
