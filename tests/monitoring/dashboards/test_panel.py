"""What every panel of every dashboard has, and that its queries can be true."""

import re

import promql_parser
import pytest

from monitoring import dashboards
from monitoring.dashboards import DASHBOARDS
from monitoring.rules import RuleArgs, alert_names
from monitoring.rules.arguments import ServiceSettings
from tests.monitoring.promql import is_kept, series_read
from tests.monitoring.promtool import ENGINE, evaluate, healthy, second_pods

PANELS = [(dashboard, panel) for dashboard in DASHBOARDS for panel in dashboard.panels]
QUERIES = list(dashboards.queries())
SYNTHETIC = {"up", "ALERTS"}
"""What Prometheus adds itself."""


@pytest.mark.parametrize(("dashboard", "panel"), PANELS, ids=lambda each: getattr(each, "title", ""))
def test_a_panel_explains_itself(dashboard, panel):
    assert panel.title[0].isupper()
    assert not panel.title.endswith(".")
    assert panel.description.endswith(".")
    assert panel.unit
    assert all(query.legend for query in panel.queries) or panel.kind == "stat"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_titles_of_a_dashboard_differ(dashboard):
    titles = [panel.title for panel in dashboard.panels]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_panels_fill_lines_of_the_grid(dashboard):
    for row in dashboard.rows:
        used = 0
        for panel in row.panels:
            used += panel.width
            assert used <= 24, panel.title
            used %= 24
        assert used == 0, row.title


@pytest.mark.parametrize("query", QUERIES, ids=lambda each: f"{each.dashboard}-{each.panel}-{each.legend}")
def test_a_query_has_no_variable_left_and_parses(query):
    assert "$" not in query.expr
    promql_parser.parse(query.expr)


@pytest.mark.parametrize("query", QUERIES, ids=lambda each: f"{each.dashboard}-{each.panel}-{each.legend}")
def test_what_a_query_reads_is_scraped_or_recorded(query):
    read = series_read(query.expr)
    assert read
    assert all(name in SYNTHETIC or name.startswith("llm:") or is_kept(name) for name in read), read


@pytest.mark.parametrize(
    "query", [each for each in QUERIES if "{{" in each.legend], ids=lambda each: f"{each.dashboard}-{each.panel}"
)
def test_a_legend_names_labels_that_its_series_have(query):
    for label in re.findall(r"\{\{(\w+)\}\}", query.legend):
        assert re.search(rf"by \([^)]*\b{label}\b|process_resident", query.expr), label


def test_every_variable_is_used_and_every_used_one_is_there():
    for dashboard in DASHBOARDS:
        used = set(
            re.findall(r"\$([a-z]+)\b", " ".join(query.expr for panel in dashboard.panels for query in panel.queries))
        )
        assert used - {"__rate_interval"} == {variable.name for variable in dashboard.variables}, dashboard.name


def test_values_of_variables_can_be_chosen():
    chosen = [each.expr for each in dashboards.queries(rate="5m", service="dev/qwen") if each.dashboard == "service"]
    assert all("dev/qwen" in expr for expr in chosen)
    assert any("[5m]" in expr for expr in chosen)


def test_panels_link_alerts_that_exist():
    services = (ServiceSettings(name="dev/a", max_replicas=4),)
    every = RuleArgs(
        gateway=True, karpenter=True, dcgm=True, memory_bytes=1, remote_write=True, keda=True, services=services
    )
    alerts = set(alert_names(every))
    assert {alert for _, panel in PANELS for alert in panel.runbooks} <= alerts


RESOURCE = 'job="kubelet", node="n1", pool="gpu", namespace="llm", pod="a-0", container="vllm"'
CADVISOR = 'job="kubelet", metrics_path="/metrics/cadvisor", node="n1", namespace="llm", pod="a-0"'


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("panel", "value"),
    [
        ("Memory of pods", 100),
        ("Processors of pods", 2),
        ("Containers with the most memory", 100),
        ("Containers with the most processor time", 2),
    ],
)
def test_a_container_that_cadvisor_shows_too_counts_once(promtool, tmp_path, panel, value):
    # Beside kube-prometheus-stack: the container again, and the whole pod without a container.
    shown = (f"{{{RESOURCE}}}", f'{{{CADVISOR}, container="vllm"}}', f"{{{CADVISOR}}}")
    memory = {f"container_memory_working_set_bytes{one}": "100x10" for one in shown}
    processors = {f"container_cpu_usage_seconds_total{one}": "0+120x10" for one in shown}
    series = {f"vllm:num_requests_running{{{ENGINE}}}": "1x10", **memory, **processors}
    (query,) = (each.expr for each in dashboards.queries(rate="5m") if each.panel == panel)
    check_values(promtool, tmp_path, series, {f"sum({query})": value})


@pytest.mark.thorough
def test_every_query_takes_a_second_pod_of_each_program(promtool, tmp_path):
    series = {**healthy(10), **second_pods(10)}
    every = {f"0 * (count({query.expr}) or vector(0))": 0 for query in dashboards.queries(rate="5m")}
    check_values(promtool, tmp_path, series, every)


def check_values(promtool, folder, series, values):
    """Every query, which has no labels in its result, has its value after ten minutes of the series."""
    shown = [{"series": name, "values": each} for name, each in series.items()]
    expected = [
        {"expr": expr, "eval_time": "10m", "exp_samples": [{"labels": "{}", "value": value}]}
        for expr, value in values.items()
    ]
    evaluate(promtool, folder, {"tests": [{"interval": "1m", "input_series": shown, "promql_expr_test": expected}]})
