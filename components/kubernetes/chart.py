"""Helm releases of the program: pinned charts, from their own repository or the stack's mirror."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from settings.artifacts.charts import Chart

TIMEOUT_SECONDS = 600


def release(
    name: str,
    chart: Chart,
    *,
    mirror: str | None,
    namespace: str,
    values: Mapping[str, pulumi.Input[object]],
    opts: pulumi.ResourceOptions,
) -> k8s.helm.v3.Release:
    """A release called as its chart is.

    Args:
        name: Logical name.
        chart: The chart with its version.
        mirror: ``charts.mirror`` of the stack.
        namespace: Where it is installed.
        values: Values of the chart that differ from its defaults.
        opts: Options of the resource.
    """
    source = chart.source(mirror)
    return k8s.helm.v3.Release(
        name,
        name=chart.name,
        namespace=namespace,
        chart=source.chart,
        version=source.version,
        # The name of a chart in an OCI registry says where it is.
        repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo=source.repository) if source.repository else None,
        # A controller that does not start is removed completely, so that the next run starts clean.
        atomic=True,
        timeout=TIMEOUT_SECONDS,
        values=values,
        opts=opts,
    )
