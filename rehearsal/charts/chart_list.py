"""List of the Helm charts of the program, each with where the rehearsal has it from.

Versions and repositories of production are those of `settings.artifacts.charts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.controllers.programs import PROGRAMS
from settings.artifacts import charts as artifacts
from settings.artifacts.charts import OCI


@dataclass(frozen=True, kw_only=True)
class GoModuleChart:
    """A chart that lies in the Go module of its controller.

    Attributes:
        module: Module and version, ``PATH@VERSION``.
        folder: The chart's folder in the module.
        version: Version that the chart itself has there.
        values: Default values that are replaced, by dotted path: those that name the production version.
    """

    module: str
    folder: str
    version: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecordedChart:
    """A chart whose release is written down, while nothing is installed.

    Attributes:
        why: Why it is not installed.
        required: Values without which the real chart does not work.
    """

    why: str
    required: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart.

    Attributes:
        name: Its name.
        repository: Where production has it from: ``https://...``, or ``oci://...`` without the chart's name.
        pin: Version that the program installs in production.
        source: Where the rehearsal has it from.
    """

    name: str
    repository: str
    pin: str
    source: GoModuleChart | RecordedChart

    @property
    def reference(self) -> str:
        """The chart as ``helm install`` names it in production."""
        return f"{self.repository}/{self.name}" if self.repository.startswith(OCI) else self.name


def _chart(production: artifacts.Chart, source: GoModuleChart | RecordedChart) -> Chart:
    return Chart(name=production.name, repository=production.repository, pin=production.version, source=source)


_KARPENTER = PROGRAMS["karpenter"].versioned_source

CHARTS = (
    _chart(
        artifacts.KARPENTER_CRD,
        GoModuleChart(module=_KARPENTER, folder="charts/karpenter-crd", version="1.13.0"),
    ),
    _chart(
        artifacts.KARPENTER,
        GoModuleChart(
            module=_KARPENTER,
            folder="charts/karpenter",
            version="1.13.0",
            # The digest is that of the older image.
            values={"controller.image.tag": artifacts.KARPENTER.version, "controller.image.digest": ""},
        ),
    ),
    _chart(
        artifacts.LOAD_BALANCER_CONTROLLER,
        RecordedChart(
            why="the newest chart in a Go module is 1.4.6, of 2022",
            # region and vpcId: with a hop limit of 1 its pods cannot ask the instance metadata service for them.
            required=("clusterName", "region", "vpcId"),
        ),
    ),
)


def chart_called(name: str) -> Chart | None:
    """The chart of that name or reference (``karpenter``, ``oci://public.ecr.aws/karpenter/karpenter``)."""
    for chart in CHARTS:
        if name in {chart.name, chart.reference}:
            return chart
    return None


def from_modules() -> list[tuple[Chart, GoModuleChart]]:
    """The charts that the repository on loopback serves, with where each lies."""
    return [(chart, chart.source) for chart in CHARTS if isinstance(chart.source, GoModuleChart)]
