"""The first event of a series, by promtool; the rules that use it have cases of their own."""

import pytest

from monitoring.rules.counters import begun, begun_since_read
from tests.monitoring.promtool import evaluate

UP = 'up{{job="gateway", pod="{}"}}'
NEW, OLD, AGAIN = (f'requests_total{{pod="{pod}"}}' for pod in ("new", "old", "again"))
SERIES = {
    NEW: "_x10 1+0x10",
    OLD: "1+0x20",
    AGAIN: "_x10 9+0x10",
    UP.format("new"): "1+0x20",
    UP.format("old"): "1+0x20",
    UP.format("again"): "_x10 1+0x10",
}


def test_which_targets_count_is_by_a_label_or_by_all_of_them():
    assert begun("c", "5m") == "c unless c offset 5m"
    assert begun_since_read("c", "5m", up="up", on="pod") == "(c unless c offset 5m) and on (pod) (up offset 5m == 1)"
    assert begun_since_read("c", "5m", up="up") == "(c unless c offset 5m) and on () (min(up offset 5m) == 1)"


@pytest.mark.thorough
def test_a_series_that_began_counts_where_its_target_was_read_before(promtool, tmp_path):
    by_pod = begun_since_read("requests_total", "5m", up='up{job="gateway"}', on="pod")
    found = {begun("requests_total", "5m"): {NEW: 1, AGAIN: 9}, by_pod: {NEW: 1}}
    cases = [
        {
            "expr": expr,
            "eval_time": "12m",
            "exp_samples": [{"labels": labels, "value": value} for labels, value in samples.items()],
        }
        for expr, samples in found.items()
    ]
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    tests = {
        "rule_files": [],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": cases}],
    }
    evaluate(promtool, tmp_path, tests)
