"""Alarms: metric, dimensions and missing data of each, and that each reports and has a section of the runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from components.monitoring.cloud.load_balancers import LoadBalancer
from components.monitoring.cloud.platform_alarms import delivery_alarms
from tests.components.monitoring.cloud.builders import CERTIFICATE, CHAT, GATEWAY, alarms, whole

ROOT = Path(__file__).parents[4]
SINGLE = {
    "alb-errors": ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", {"LoadBalancer": GATEWAY}, "Sum"),
    "alb-latency": ("AWS/ApplicationELB", "TargetResponseTime", {"LoadBalancer": GATEWAY}, "p95"),
    "nat-ports-1": ("AWS/NATGateway", "ErrorPortAllocation", {"NatGatewayId": "nat-a"}, "Sum"),
    "nat-ports-2": ("AWS/NATGateway", "ErrorPortAllocation", {"NatGatewayId": "nat-b"}, "Sum"),
    "interruption-queue": ("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "llm-dev"}, "Maximum"),
    "certificate": ("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": CERTIFICATE}, "Minimum"),
    "response-logs-delivery": (
        "AWS/Firehose",
        "DeliveryToS3.DataFreshness",
        {"DeliveryStreamName": "llm-dev-responses"},
        "Maximum",
    ),
    "alerts-undelivered": ("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "llm-dev-alerts"}, "Sum"),
    "chat-errors": ("AWS/Lambda", "Errors", {"FunctionName": "llm-dev-alerts-chat"}, "Sum"),
    "chat-dead-letters": (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": "llm-dev-alerts-chat-failed"},
        "Maximum",
    ),
    **{
        f"{name}-pod": (
            "ContainerInsights",
            "service_number_of_running_pods",
            {"ClusterName": "llm-dev", "Namespace": "llm-monitoring", "Service": name},
            "Maximum",
        )
        for name in ("prometheus", "alertmanager")
    },
}
GONE = {"alb-targets", "nlb-targets-chat", "node-group-system", "prometheus-pod", "alertmanager-pod"}
"""Alarms on what has a value each minute: without one, the resource is gone."""


def found() -> dict[str, dict[str, Any]]:
    return {one.inputs["name"].removeprefix("llm-dev-"): dict(one.inputs) for one in whole().of_type("MetricAlarm")}


def queries(alarm: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in alarm["metricQueries"]}


@pytest.mark.parametrize("key", sorted(SINGLE))
def test_a_metric_has_its_dimensions(key: str) -> None:
    alarm, (namespace, name, dimensions, stat) = found()[key], SINGLE[key]
    assert (alarm["namespace"], alarm["metricName"], alarm["dimensions"]) == (namespace, name, dimensions)
    assert alarm.get("statistic", alarm.get("extendedStatistic")) == stat


def test_healthy_targets_are_counted_over_the_groups_of_the_load_balancer() -> None:
    for key, namespace, balancer in (
        ("alb-targets", "AWS/ApplicationELB", GATEWAY),
        ("nlb-targets-chat", "AWS/NetworkELB", CHAT),
    ):
        alarm = found()[key]
        (query,) = alarm["metricQueries"]
        selected, groups, wanted = re.split(r" (?=FROM |WHERE )", query["expression"])
        assert selected == "SELECT MAX(HealthyHostCount)"
        assert groups == f'FROM SCHEMA("{namespace}", LoadBalancer, TargetGroup)'
        assert wanted == f"WHERE LoadBalancer = '{balancer}'"
        assert (query["period"], query["returnData"]) == (60, True)
        assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)


def test_errors_of_targets_are_a_share_of_enough_requests() -> None:
    made = queries(found()["alb-target-errors"])
    assert made["value"]["expression"] == "IF(requests > 20, 100 * FILL(errors, 0) / requests, 0)"
    assert {key: one["metric"]["metricName"] for key, one in made.items() if key != "value"} == {
        "errors": "HTTPCode_Target_5XX_Count",
        "requests": "RequestCount",
    }


def test_a_node_group_is_compared_with_what_is_wanted() -> None:
    made = queries(found()["node-group-system"])
    assert made["value"]["expression"] == "wanted - running"
    assert {one["metric"]["dimensions"]["AutoScalingGroupName"] for one in made.values() if "metric" in one} == {
        "eks-system-1"
    }


def test_the_use_of_a_quota_is_a_share_of_what_the_account_has() -> None:
    for key, usage_class in (("g-spot", "G/Spot"), ("standard-ondemand", "Standard/OnDemand")):
        alarm = found()[f"vcpu-quota-{key}"]
        made = queries(alarm)
        assert made["value"]["expression"] == "100 * usage / SERVICE_QUOTA(usage)"
        metric = made["usage"]["metric"]
        assert (metric["namespace"], metric["metricName"], metric["stat"]) == ("AWS/Usage", "ResourceCount", "Maximum")
        assert metric["dimensions"] == {"Service": "EC2", "Type": "Resource", "Resource": "vCPU", "Class": usage_class}
        assert [one["id"] for one in alarm["metricQueries"] if one["returnData"]] == ["value"]
        assert (alarm["comparisonOperator"], alarm["threshold"]) == ("GreaterThanThreshold", 80)
        assert (alarm["evaluationPeriods"], metric["period"]) == (3, 300)
    assert (
        "quota L-3819A6DF is in use (All G and VT Spot Instance Requests)"
        in found()["vcpu-quota-g-spot"]["alarmDescription"]
    )


def test_each_rule_is_in_the_alarm_of_lost_events() -> None:
    made = queries(found()["events-undelivered"])
    watched = {one["metric"]["dimensions"]["RuleName"] for one in made.values() if "metric" in one}
    assert watched == {f"{one.name}-0123456" for one in whole().of_type("EventRule")}


def test_missing_data_mean_that_nothing_happened_or_that_it_is_gone() -> None:
    assert {key for key, alarm in found().items() if alarm["treatMissingData"] == "breaching"} == GONE
    assert {alarm["treatMissingData"] for key, alarm in found().items() if key not in GONE} == {"notBreaching"}


def test_each_reports_after_the_topic_admits_it() -> None:
    topic = whole().one("Topic")
    policy = whole().one("TopicPolicy").urn
    for alarm in whole().of_type("MetricAlarm"):
        assert alarm.inputs["alarmActions"][0].endswith(f":{topic.name}")
        assert policy in alarm.depends_on


def test_an_end_is_reported_where_the_message_cannot_begin_the_alarm_again() -> None:
    silent = {key for key, alarm in found().items() if not alarm.get("okActions")}
    assert silent == {"alerts-undelivered", "chat-errors"}
    assert all(alarm["okActions"] == alarm["alarmActions"] for key, alarm in found().items() if key not in silent)


def test_each_has_a_section_of_the_runbook() -> None:
    page = (ROOT / "docs/runbooks/cloudwatch.md").read_text()
    sections = {line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")}
    named = {alarm["alarmDescription"].partition("docs/runbooks/cloudwatch.md#")[2] for alarm in found().values()}
    assert named == sections


def test_a_platform_without_gateway_and_karpenter_has_the_rest() -> None:
    names = {one.inputs["name"] for one in alarms(nat_gateway_ids=["nat-a"]).of_type("MetricAlarm")}
    assert names == {"llm-dev-nat-ports-1", "llm-dev-alerts-undelivered", "llm-dev-events-undelivered"}


def test_an_expression_has_ten_metrics_at_most() -> None:
    with pytest.raises(ValueError, match="11 rules, and an expression"):
        delivery_alarms("topic", {str(number): "rule" for number in range(11)}, None)


def test_the_dashboard_shows_every_alarm_and_what_it_watches() -> None:
    made = whole().one("Dashboard").inputs
    assert made["dashboardName"] == "llm-dev"
    state, *metrics = json.loads(made["dashboardBody"])["widgets"]
    assert len(state["properties"]["alarms"]) == len(metrics) == len(found())
    places = {(one["x"], one["y"]) for one in metrics}
    assert len(places) == len(metrics)
    assert all(one["x"] + one["width"] <= 24 and one["properties"]["metrics"] for one in metrics)
    latency = next(one["properties"] for one in metrics if one["properties"]["title"] == "alb-latency")
    assert latency["metrics"] == [
        ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", GATEWAY, {"stat": "p95"}]
    ]


def test_thresholds_of_the_gateways_load_balancer_are_settings() -> None:
    balancer = LoadBalancer(kind="app", owner="llm-gateway/gateway", address="a-1029384756.us-east-1.elb.amazonaws.com")
    made = alarms(gateway=balancer, latency_seconds=120, errors_percent=1)
    thresholds = {one.inputs["name"]: one.inputs["threshold"] for one in made.of_type("MetricAlarm")}
    assert (thresholds["llm-dev-alb-latency"], thresholds["llm-dev-alb-target-errors"]) == (120, 1)
