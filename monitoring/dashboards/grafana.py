"""Dashboards as Grafana's JSON, by Grafana's own builders. Only who changes a dashboard needs them: the JSON is committed."""

import json
from string import ascii_uppercase
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from monitoring.dashboards import DASHBOARDS
from monitoring.dashboards.files import RUNBOOKS
from monitoring.dashboards.panel import Dashboard, Panel, Query, Variable

SCRAPE_INTERVAL = "30s"
"""Least distance of two points, from which Grafana computes the range of rates: that of the default scrapes."""
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_Builder = TypeVar("_Builder", timeseries.Panel, stat.Panel, table.Panel)


def overview() -> str:
    """The JSON of the dashboard of the platform."""
    return _text("overview")


def service() -> str:
    """The JSON of the dashboard of a service."""
    return _text("service")


def gpus() -> str:
    """The JSON of the dashboard of the GPUs."""
    return _text("gpus")


def nodes() -> str:
    """The JSON of the dashboard of the nodes."""
    return _text("nodes")


def gateway() -> str:
    """The JSON of the dashboard of the gateway."""
    return _text("gateway")


def autoscaling() -> str:
    """The JSON of the dashboard of autoscaling."""
    return _text("autoscaling")


def _text(name: str) -> str:
    (found,) = (each for each in DASHBOARDS if each.name == name)
    return json.dumps(_built(found), cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _built(dashboard: Dashboard) -> Any:
    builder = (
        builders.Dashboard(dashboard.title)
        .uid(f"llm-{dashboard.name}")
        .description(dashboard.description)
        .tags(["llm-platform"])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("30s")
        .timezone("browser")
        .link(
            builders.DashboardLink("Dashboards")
            .type(DashboardLinkType.DASHBOARDS)
            .tags(["llm-platform"])
            .as_dropdown(as_dropdown=True)
            .keep_time(keep_time=True)
        )
        .with_variable(builders.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(builders.ConstantVariable(RUNBOOKS).value("docs/runbooks"))
    )
    for variable in dashboard.variables:
        builder.with_variable(_variable(variable))
    number = 0
    for row in dashboard.rows:
        number += 1
        builder.with_row(builders.Row(row.title).id(number))
        for panel in row.panels:
            number += 1
            builder.with_panel(_panel(panel, number))
    return builder.build()


def _variable(variable: Variable) -> builders.QueryVariable:
    return (
        builders.QueryVariable(variable.name)
        .label(variable.label)
        .query(f"label_values({variable.metric}, {variable.source})")
        .datasource(_SOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
    )


def _panel(panel: Panel, number: int) -> timeseries.Panel | stat.Panel | table.Panel:
    if panel.kind == "timeseries":
        return _filled(_lines(panel), panel, number)
    return _filled(_table(panel), panel, number) if panel.kind == "table" else _filled(_figure(), panel, number)


def _filled(builder: _Builder, panel: Panel, number: int) -> _Builder:
    """The panel with what all kinds have."""
    builder.id(number).title(panel.title).description(panel.description).unit(panel.unit)
    builder.datasource(_SOURCE).interval(SCRAPE_INTERVAL).span(panel.width).height(panel.height)
    if panel.runbooks:
        builder.links([_runbook(alert) for alert in panel.runbooks])
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        builder.with_target(_query(query, letter, as_table=panel.kind == "table"))
    return builder


def _runbook(alert: str) -> builders.DashboardLink:
    return builders.DashboardLink(f"Runbook {alert}").type(DashboardLinkType.LINK).url(f"${{{RUNBOOKS}}}/{alert}.md")


def _query(query: Query, letter: str, *, as_table: bool) -> Dataquery:
    builder = Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter)
    return builder.instant().format(PromQueryFormat.TABLE) if as_table else builder.range()


def _lines(panel: Panel) -> timeseries.Panel:
    builder = timeseries.Panel().fill_opacity(10).show_points(VisibilityMode.NEVER)
    builder.legend(
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )
    builder.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    if panel.stacked:
        builder.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    if panel.least is not None:
        builder.min(panel.least)
    if panel.most is not None:
        builder.max(panel.most)
    return builder


def _figure() -> stat.Panel:
    return stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))


def _table(panel: Panel) -> table.Panel:
    columns = {f"Value #{letter}": query.legend for letter, query in zip(ascii_uppercase, panel.queries, strict=False)}
    return (
        table.Panel()
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True, "__name__": True, "cluster": True, "setting": True},
                    "renameByName": {"service": "Service", **columns},
                },
            )
        )
    )
