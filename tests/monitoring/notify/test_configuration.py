import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitoring.notify import NotifyArgs, render
from monitoring.notify.inhibition import INHIBITIONS
from monitoring.rules import RuleArgs, groups
from monitoring.rules.durations import milliseconds
from monitoring.rules.rule import Alert
from monitoring.scrape.configuration import MAX_EVALUATION_SECONDS

TOPIC = "arn:aws:sns:eu-west-1:123456789012:llm-dev-alerts"
ARGS = NotifyArgs(cluster="llm-dev", topic_arn=TOPIC)


def document(args=ARGS):
    return yaml.safe_load(render(args))


def test_alerts_go_to_the_topic_signed_for_its_region():
    (receiver,) = document()["receivers"]
    (sns,) = receiver["sns_configs"]
    assert (sns["topic_arn"], sns["sigv4"], sns["send_resolved"]) == (TOPIC, {"region": "eu-west-1"}, True)


def test_an_alert_is_sent_within_a_minute_of_its_end():
    route = document()["route"]
    for waits in ("group_wait", "group_interval"):
        assert milliseconds(route[waits]) / 1000 + MAX_EVALUATION_SECONDS <= 60


def test_alerts_of_a_service_and_a_severity_are_sent_together():
    # An attribute of a message is a label that all of its alerts have: a pager that filters by severity gets no other.
    assert document()["route"]["group_by"] == ["alertname", "service", "severity"]


@given(st.floats(0.1, 120), st.floats(0.001, 1))
def test_it_repeats_after_the_hours_that_are_set(hours, scale):
    repeat = document(NotifyArgs(cluster="llm-dev", topic_arn=TOPIC, repeat_hours=hours, time_scale=scale))["route"][
        "repeat_interval"
    ]
    assert milliseconds(repeat) == pytest.approx(hours * 3_600_000 * scale, abs=1000)


def test_ends_of_alerts_without_a_service_do_not_silence_each_other():
    # Labels that both lack are equal for Alertmanager: a rule over a service's alerts must name the service.
    for rule in document()["inhibit_rules"]:
        assert "GatewayDown" in rule["source_matchers"][0] or rule["equal"]


@pytest.mark.parametrize(
    "topic",
    ["", "alerts", "arn:aws:sqs:eu-west-1:123456789012:alerts", f"{TOPIC}.fifo", "arn:aws:sns::123456789012:alerts"],
)
def test_what_is_not_a_standard_topic_is_refused(topic):
    with pytest.raises(ValueError, match=r"^topic_arn: "):
        NotifyArgs(cluster="llm-dev", topic_arn=topic)


@pytest.mark.parametrize(
    ("field", "value"), [("repeat_hours", 0), ("repeat_hours", 121), ("time_scale", 0), ("time_scale", 1.5)]
)
def test_a_figure_that_cannot_be_is_named(field, value):
    with pytest.raises(ValueError, match=f"^{field}: {value}"):
        NotifyArgs(cluster="llm-dev", topic_arn=TOPIC, **{field: value})


def silenced(labels):
    """Rules that silence an alert of these labels, by the alert that does."""
    return {
        rule.source: rule
        for rule in INHIBITIONS
        if labels["alertname"] in rule.targets and rule.target_labels.items() <= labels.items()
    }


def test_alerts_that_silence_and_are_silenced_exist():
    rules = [
        {"alertname": rule.name, "severity": rule.severity, **rule.labels}
        for each in groups(RuleArgs(gateway=True, karpenter=True, dcgm=True))
        for rule in each.rules
        if isinstance(rule, Alert)
    ]
    for rule in INHIBITIONS:
        assert any({"alertname": rule.source, **rule.source_labels}.items() <= alert.items() for alert in rules)
        assert {alert["alertname"] for alert in rules} >= set(rule.targets)


def test_an_alert_never_silences_itself():
    for rule in INHIBITIONS:
        assert rule.source not in rule.targets or rule.source_labels.items().isdisjoint(rule.target_labels.items())


def test_a_fast_burn_silences_the_slow_ones_of_its_service_only():
    for name in ("LlmFirstTokenSlow", "LlmInterTokenSlow"):
        rule = silenced({"alertname": name, "severity": "warning"})[name]
        assert (rule.source_labels, rule.equal) == ({"severity": "critical"}, ("service",))
        assert name not in silenced({"alertname": name, "severity": "critical"})


def test_without_a_gateway_its_envoy_is_not_reported_too():
    assert "GatewayDown" in silenced({"alertname": "PrometheusTargetDown", "job": "envoy"})
    assert not silenced({"alertname": "PrometheusTargetDown", "job": "kubelet"})


@pytest.mark.rehearsal
@pytest.mark.parametrize(
    "args", [ARGS, NotifyArgs(cluster="llm-dev", topic_arn=TOPIC, repeat_hours=0.5, time_scale=0.01)]
)
def test_amtool_accepts_it(args, amtool: Path, tmp_path):
    (tmp_path / "alertmanager.yml").write_text(render(args))
    checked = subprocess.run(
        [amtool, "check-config", tmp_path / "alertmanager.yml"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr + checked.stdout
