import itertools

import pytest

from monitoring import dashboards
from monitoring.metrics import FOLDER, Metric, all_series, metrics
from monitoring.rules import RuleArgs, groups
from monitoring.rules.rule import Alert
from tests.monitoring.promql import RECORDED, selectors, unknown
from tests.monitoring.promtool import FULL

RULES = [
    (f"{args.gateway}-{rule.name}-{number}", rule)
    for args in (FULL, RuleArgs())
    for number, rule in enumerate(itertools.chain.from_iterable(group.rules for group in groups(args)))
]
PANELS = [(f"{each.dashboard}-{each.panel}-{each.legend}", each) for each in dashboards.queries()]


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=[name for name, _ in RULES])
def test_a_rule_reads_series_and_labels_that_exist(rule):
    assert list(selectors(rule.expr)) or rule.name == "llm:gpu_usd_per_hour"
    assert not list(unknown(rule.expr))


@pytest.mark.parametrize("query", [each for _, each in PANELS], ids=[name for name, _ in PANELS])
def test_a_panel_reads_series_and_labels_that_exist(query):
    assert not list(unknown(query.expr))


@pytest.mark.parametrize("expr", ["vllm:gpu_cache_usage_perc", "rate(vllm:num_preemptions[5m])", "up{colour='x'}"])
def test_a_name_or_label_that_no_list_has_is_found(expr):
    assert list(unknown(expr))


def test_every_recorded_series_is_named_by_level_and_what_it_is():
    assert all(name.startswith(("llm:", "gpu:")) for name in RECORDED)


def test_alerts_use_no_label_of_a_user_or_a_key():
    used = {label for _, rule in RULES if isinstance(rule, Alert) for label in rule.labels}
    assert used <= {"window", "after"}


def test_a_histogram_has_three_series_and_its_buckets_a_bound():
    metric = Metric(name="a", type="histogram", labels=("x",))
    assert metric.series() == {"a_bucket": {"x", "le"}, "a_sum": {"x"}, "a_count": {"x"}}


def test_labels_that_an_exporter_computes_are_unknown():
    assert all_series()["karpenter_nodes_allocatable"] is None


def test_the_list_of_vllm_has_what_its_release_always_registers():
    always = {name for name, metric in metrics("vllm-0.32.0").items() if not metric.condition}
    assert {"vllm:request_prefill_time_seconds", "vllm:request_num_preemptions", "vllm:cache_config_info"} <= always
    assert metrics("vllm-0.32.0")["vllm:lora_requests_info"].condition == "vllm_config.lora_config is not None"


def test_names_that_vllm_has_no_longer_are_in_no_list():
    gone = {"vllm:gpu_cache_usage_perc", "vllm:num_requests_swapped", "vllm:time_per_output_token_seconds_bucket"}
    assert not gone & all_series().keys()


def test_every_list_is_read_and_names_its_source():
    for path in FOLDER.glob("*.json"):
        assert metrics(path.stem), path.name
        assert '{"source": "' in path.read_text(), path.name
