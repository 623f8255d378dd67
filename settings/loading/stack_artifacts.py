"""Charts and images of a stack, from its file."""

import re
from dataclasses import dataclass
from pathlib import Path

from settings.artifacts.needs import Needs
from settings.issues import Issue, SettingsError
from settings.loading.stack_file import read_partial, refuse
from settings.models.mirrors import ChartSettings, ImageSettings
from settings.validation.mirror_warnings import mirror_warnings

_COUNTS = re.compile(r"(pools|services|platform|charts|images|gateway|cluster\.keda)\b")
"""Settings that charts and images follow from."""


@dataclass(frozen=True, kw_only=True)
class StackArtifacts:
    """What decides which charts and images a stack deploys, and from where."""

    needs: Needs
    """Its pools and services."""
    charts: str | None
    """``charts.mirror``; None for a team stack, which deploys no chart."""
    images: str | None
    """``images.mirror``; of a team stack, its platform's."""
    warnings: tuple[Issue, ...]
    """What does not come from the mirrors."""


def read_artifacts(path: Path) -> StackArtifacts:
    """What a stack file says of charts and images; a team stack's platform is read from the file beside it.

    Raises:
        StackFileError: it is not a stack file.
        SettingsError: pools, services or mirrors have issues, or a team stack's platform is unknown.
    """
    partial, remarks = read_partial(path)
    refuse(partial.malformed, _COUNTS)
    if partial.team and not partial.platform:
        raise SettingsError([Issue("platform", f"its images.mirror is unknown: {'; '.join(remarks)}")])
    needs = Needs(
        platform=not partial.team,
        pools=partial.pools,
        services=partial.services,
        gateway=partial.gateway is not None,
        monitoring=partial.monitoring is not None and partial.monitoring.enabled,
        grafana=partial.monitoring is not None and partial.monitoring.grafana is not None,
        keda=not partial.team and partial.own_facts is not None and partial.own_facts.keda is not None,
    )
    charts = partial.values.get("charts", ChartSettings()).mirror
    images = partial.values.get("images", ImageSettings()).mirror
    if partial.platform:
        images = partial.platform.image_mirror
    warnings = tuple(mirror_warnings(needs, charts=charts, images=images))
    return StackArtifacts(needs=needs, charts=charts, images=images, warnings=warnings)
