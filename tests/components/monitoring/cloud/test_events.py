"""Events become lines of text on the topic, once its policy admits them."""

import json
import re

from components.monitoring.cloud.events import ANNOUNCEMENTS
from tests.components.monitoring.cloud.builders import whole


def test_each_kind_of_event_has_a_rule_and_a_target() -> None:
    made = whole()
    rules = {one.name: json.loads(one.inputs["eventPattern"]) for one in made.of_type("EventRule")}
    assert {(pattern["source"][0], pattern["detail-type"][0]) for pattern in rules.values()} == {
        ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
        ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
        ("aws.health", "AWS Health Event"),
        ("aws.ecr", "ECR Image Scan"),
        ("aws.ecr", "ECR Pull Through Cache Action"),
        ("aws.batch", "Batch Job State Change"),
    }
    assert rules["llm-alarms-batch-failed"]["detail"] == {"status": ["FAILED"]}
    targets = {one.name: one for one in made.of_type("EventTarget")}
    assert set(targets) == set(rules)
    policy = made.one("TopicPolicy").urn
    for target in targets.values():
        assert target.inputs["arn"].endswith(f":{made.one('Topic').name}")
        assert policy in target.depends_on, "or its first events are refused"


def test_a_template_is_one_text_with_values_that_are_read_from_the_event() -> None:
    for target in whole().of_type("EventTarget"):
        transformer = target.inputs["inputTransformer"]
        text = json.loads(transformer["inputTemplate"])
        assert "\n" not in text
        assert set(re.findall(r"<([\w-]+)>", text)) == set(transformer["inputPaths"])
        assert all(path.startswith("$.") for path in transformer["inputPaths"].values())


def test_only_failures_and_critical_findings_are_announced() -> None:
    assert ANNOUNCEMENTS["ecr-pull-through"].detail == {"sync-status": ["FAILED"]}
    assert ANNOUNCEMENTS["ecr-scan"].detail == {"finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]}}
