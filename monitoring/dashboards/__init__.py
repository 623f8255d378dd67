"""Dashboards of Grafana: as data, as the JSON that is committed, and as the list of all their queries."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitoring.dashboards import autoscaling, gateway, gpus, nodes, overview, service
from monitoring.dashboards.panel import Dashboard

DASHBOARDS: tuple[Dashboard, ...] = (
    overview.DASHBOARD,
    service.DASHBOARD,
    gpus.DASHBOARD,
    nodes.DASHBOARD,
    gateway.DASHBOARD,
    autoscaling.DASHBOARD,
)


@dataclass(frozen=True, kw_only=True)
class PanelQuery:
    """A query of a panel, as Prometheus takes it.

    Attributes:
        dashboard: Name of the dashboard.
        panel: Title of the panel.
        legend: Name of the series, or its pattern.
        expr: PromQL without variables.
    """

    dashboard: str
    panel: str
    legend: str
    expr: str


def queries(rate: str = "2m", **chosen: str) -> Iterator[PanelQuery]:
    """Every query of every panel.

    Args:
        rate: Range of rates, which Grafana computes from the panel's width; at least four scrapes.
        **chosen: Values of variables, as regular expressions, such as ``service="dev/qwen"``; all values without.
    """
    for dashboard in DASHBOARDS:
        values = {variable.name: chosen.get(variable.name, ".*") for variable in dashboard.variables}
        for panel in dashboard.panels:
            for query in panel.queries:
                expr = query.expr.replace("$__rate_interval", rate)
                for name, value in values.items():
                    expr = expr.replace(f"${name}", value)
                yield PanelQuery(dashboard=dashboard.name, panel=panel.title, legend=query.legend, expr=expr)
