import dataclasses
import itertools
import re
import subprocess

import pytest
import yaml

from monitoring.rules import RuleArgs, alert_names, groups, render
from monitoring.rules.durations import milliseconds
from monitoring.rules.rule import Alert
from tests.monitoring.promtool import ENGINE, FULL, Fires, check, flat, second_pods

HOUR_AS_MINUTE = dataclasses.replace(FULL, time_scale=1 / 60)
SECOND_GATEWAY = 'up{job="gateway", pod="other"}'
WAITING = f"vllm:num_requests_waiting{{{ENGINE}}}"


def written(args):
    return list(itertools.chain.from_iterable(group["rules"] for group in yaml.safe_load(render(args))["groups"]))


def durations(text):
    """Durations of an expression, without its strings and names."""
    tokens = re.findall(r'"[^"]*"|[A-Za-z_][\w:]*|(\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)', text)
    return [milliseconds(found) for found in tokens if found]


def test_the_production_file_has_the_durations_as_they_are_written_here():
    assert RuleArgs().time_scale == 1
    rules = itertools.chain.from_iterable(group.rules for group in groups(FULL))
    for rule, text in zip(rules, written(FULL), strict=True):
        assert text["expr"] == " ".join(rule.expr.split())
        assert not isinstance(rule, Alert) or text.get("for", "") == rule.lasting


def test_every_duration_is_scaled_by_the_same_factor_and_nothing_else_is():
    full, scaled = written(FULL), written(HOUR_AS_MINUTE)
    for production, rehearsal in zip(full, scaled, strict=True):
        before, after = durations(production["expr"]), durations(rehearsal["expr"])
        assert [round(each / 60) for each in before] == after
        assert milliseconds(production.get("for", "1m")) == 60 * milliseconds(rehearsal.get("for", "1s"))
        assert production.keys() == rehearsal.keys()
        assert {**production, "expr": "", "for": ""} == {**rehearsal, "expr": "", "for": ""}
    assert sum(len(durations(rule["expr"])) for rule in full) > 40


def test_without_exporters_there_are_no_rules_on_them():
    names = alert_names(RuleArgs())
    assert "LlmQueueLong" in names
    assert not {"GatewayDown", "GpuIdle", "NodesInterrupted", "PrometheusNearItsLimit"} & set(names)
    assert "llm_gateway" not in render(RuleArgs())


def test_every_alert_has_what_a_person_needs():
    alerts = [rule for rule in written(FULL) if "alert" in rule]
    assert {rule["labels"]["severity"] for rule in alerts} == {"critical", "warning", "info"}
    for rule in alerts:
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{rule['alert']}.md"
        assert "{{" not in rule["annotations"]["description"], "a value there would make a new alert text at every step"


def test_rules_of_one_name_differ_in_a_label():
    found = [(rule["alert"], *sorted(rule["labels"].items())) for rule in written(FULL) if "alert" in rule]
    assert len(found) == len(set(found))


@pytest.mark.thorough
@pytest.mark.parametrize("args", [FULL, RuleArgs(), HOUR_AS_MINUTE], ids=["full", "alone", "scaled"])
def test_prometheus_takes_the_file(promtool, tmp_path, args):
    (tmp_path / "rules.yml").write_text(render(args))
    done = subprocess.run(
        [promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.thorough
def test_a_healthy_hour_fires_nothing(promtool, tmp_path):
    check(promtool, tmp_path, {}, at=60)


@pytest.mark.thorough
def test_a_second_pod_of_each_program_fires_nothing_and_fails_no_rule(promtool, tmp_path):
    check(promtool, tmp_path, {**second_pods(60), SECOND_GATEWAY: flat(1, 60)}, at=60)


@pytest.mark.thorough
def test_scaled_rules_fire_after_scaled_times(promtool, tmp_path):
    long = Fires(
        name="LlmQueueLong",
        severity="warning",
        summary="dev/a: 6 requests wait for each replica",
        labels={"service": "dev/a"},
    )
    check(promtool, tmp_path, {WAITING: flat(6, 60)}, at=4, unit="s", args=HOUR_AS_MINUTE, minutes=60)
    check(promtool, tmp_path, {WAITING: flat(6, 60)}, long, at=6, unit="s", args=HOUR_AS_MINUTE, minutes=60)
    check(promtool, tmp_path, {}, at=60, unit="s", args=HOUR_AS_MINUTE, minutes=60)
