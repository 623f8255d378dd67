"""Dashboards as plain data: what panels show, from which queries, and what to read when they look bad."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["timeseries", "stat", "table"]
"""Lines over time, one figure with a small line, or a table of the newest values."""

RATE = "[$__rate_interval]"
"""Range of a rate: four scrapes at least, more where a point of the panel covers more."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query, and the name of its series.

    Attributes:
        expr: PromQL, with Grafana's variables.
        legend: Name of a series, such as ``p95`` or ``{{service}}``. In a table: of the column.
    """

    expr: str
    legend: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        title: What it shows, in a few words.
        description: What the figures mean, and which are bad.
        unit: Unit as Grafana names it, such as ``s``, ``percentunit`` or ``suffix: tokens/s``.
        queries: What it shows.
        kind: How.
        runbooks: Alerts on what it shows, whose pages it links.
        width: Columns of 24.
        least: Smallest value of the axis; None: as the data are.
        most: Largest value of the axis; None: as the data are.
        stacked: Whether the series are parts of a sum.
    """

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    runbooks: tuple[str, ...] = ()
    width: int = 8
    least: float | None = 0
    most: float | None = None
    stacked: bool = False

    @property
    def height(self) -> int:
        """Rows of the grid."""
        return {"timeseries": 8, "stat": 4, "table": 10}[self.kind]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Panels below one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A choice above the panels; all values are chosen first.

    Attributes:
        name: Name in queries, after ``$``.
        label: Name for people.
        metric: Metric whose series have the values.
        source: Its label that has them.
    """

    name: str
    label: str
    metric: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """One dashboard.

    Attributes:
        name: Name of its file; with ``llm-`` before it, its identifier in Grafana.
        title: Name for people.
        description: Whom it is for, and what it answers.
        rows: Its panels.
        variables: Its choices.
    """

    name: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def panels(self) -> Iterator[Panel]:
        """The panels of all rows."""
        return (panel for row in self.rows for panel in row.panels)


SERVICE = Variable(name="service", label="Service", metric="llm:service", source="service")
NODE = Variable(name="node", label="Node", metric="node_memory_working_set_bytes", source="node")
POOL = Variable(name="pool", label="Pool", metric="node_memory_working_set_bytes", source="pool")
GPU_NODE = Variable(name="node", label="Node", metric="DCGM_FI_DEV_GPU_UTIL", source="node")
TENANT = Variable(name="tenant", label="Tenant", metric="llm_gateway_requests_total", source="tenant")


def quantiles(metric: str, selector: str, *levels: int) -> tuple[Query, ...]:
    """Percentiles of a histogram over all series of the selector, such as ``p95``."""
    return tuple(
        Query(
            expr=f"histogram_quantile({level / 100:g}, sum by (le) (rate({metric}_bucket{{{selector}}}{RATE})))",
            legend=f"p{level}",
        )
        for level in levels
    )


def containers(series: str, labels: str) -> str:
    """Each container once, by these labels, where cAdvisor shows it too, and its whole pod: beside kube-prometheus-stack.

    Args:
        series: A query on series of the kubelet, of which ``container!=""`` selects containers.
        labels: Such as ``pod, container``.
    """
    return f"max by ({labels}) ({series})"


def one(expr: str, legend: str = "") -> tuple[Query, ...]:
    """A single query."""
    return (Query(expr=expr, legend=legend),)
