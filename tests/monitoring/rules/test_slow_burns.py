"""What the rules read for a window of hours, and how often."""

import re

import pytest
import yaml

from monitoring.rules import render
from monitoring.rules.durations import milliseconds
from tests.monitoring.promtool import FULL

HOUR = milliseconds("1h")
RATES = re.compile(r"(?:rate|increase)\(([\w:]+)(?:{[^}]*})?\[(\w+)\]")
MEANS = re.compile(r"avg_over_time\(([\w:]+){[^}]*}\[(\w+)\]")


def groups(time_scale=1):
    return yaml.safe_load(render(FULL.__class__(**{**vars(FULL), "time_scale": time_scale})))["groups"]


def read(pattern, group):
    return [(name, milliseconds(window)) for rule in group["rules"] for name, window in pattern.findall(rule["expr"])]


@pytest.mark.parametrize("group", groups(), ids=lambda group: group["name"])
def test_no_rule_reads_more_than_an_hour_of_samples_every_time_nor_of_buckets_more_than_ten_minutes(group):
    often = "interval" not in group
    for name, window in read(RATES, group):
        assert window <= (HOUR if often else 2 * HOUR), name
        assert not name.endswith("_bucket") or window <= milliseconds("10m"), name


def test_hours_are_means_of_records_of_services():
    found = [pair for group in groups() for pair in read(MEANS, group)]
    assert {window // HOUR for _, window in found} >= {1, 2, 6, 24}
    assert all(name.startswith("llm:") for name, _ in found)


@pytest.mark.parametrize(("scale", "interval"), [(1, "2m"), (0.02, "2s400ms"), (0.001, "1s")])
def test_slow_burns_are_evaluated_less_often_but_within_the_time_for_which_a_sample_is_found(scale, interval):
    [own] = [group["interval"] for group in groups(scale) if "interval" in group]
    assert own == interval
    assert milliseconds(own) < milliseconds("5m")
