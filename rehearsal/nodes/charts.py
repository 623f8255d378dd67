"""Which controllers a cluster has, by the Helm releases in it."""

from collections.abc import Iterable

from rehearsal.kubernetes.helm import CHART
from rehearsal.nodes.api import Object


def missing_chart(chart: str, releases: Iterable[Object]) -> str:
    """Why a controller does not act; empty if its chart is installed.

    Args:
        chart: Name of its chart.
        releases: Secrets of the releases.
    """
    charts = {(release["metadata"].get("annotations") or {}).get(CHART) for release in releases}
    return "" if chart in charts else f"waits for the chart {chart}, which is not installed"
