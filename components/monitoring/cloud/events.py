"""Rules of EventBridge that publish to the topic of alerts: what AWS announces, and what no metric shows.

Fields are those of the events in the user guides: "Spot Instance interruption notices" and "EC2 instance rebalance
recommendations" (EC2), "Reference: AWS Health events Amazon EventBridge schema", "Amazon ECR events and EventBridge", "AWS Batch
events". Spot, Health and Batch events are those of the whole account in the region: no event names the cluster.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pulumi
import pulumi_aws as aws

from components.monitoring.cloud.topic import AlertTopic


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """A kind of event, and the text that it becomes."""

    source: str
    """Service that sends it."""
    kind: str
    """Its ``detail-type``."""
    text: str
    """Template with ``<name>`` for each of ``values``; EventBridge takes one line."""
    values: Mapping[str, str]
    """Name to JSON path of the event."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Pattern of its ``detail``, where not all are of interest."""


_REGION = {"region": "$.region"}
ANNOUNCEMENTS: Mapping[str, Announcement] = MappingProxyType(
    {
        "spot-interruption": Announcement(
            source="aws.ec2",
            kind="EC2 Spot Instance Interruption Warning",
            text="Spot interruption: EC2 ends instance <instance> in <region> in two minutes (<action>).",
            values={**_REGION, "instance": "$.detail.instance-id", "action": "$.detail.instance-action"},
        ),
        "rebalance": Announcement(
            source="aws.ec2",
            kind="EC2 Instance Rebalance Recommendation",
            text="Rebalance recommendation: instance <instance> in <region> is at a raised risk of a spot interruption.",
            values={**_REGION, "instance": "$.detail.instance-id"},
        ),
        "health": Announcement(
            source="aws.health",
            kind="AWS Health Event",
            text="AWS Health: <code> of <service> in <region>, since <start>: https://health.aws.amazon.com/health/home",
            values={
                **_REGION,
                "code": "$.detail.eventTypeCode",
                "service": "$.detail.service",
                "start": "$.detail.startTime",
            },
        ),
        "ecr-scan": Announcement(
            source="aws.ecr",
            kind="ECR Image Scan",
            text="ECR: image <digest> of repository <repository> in <region> has <critical> critical findings.",
            values={
                **_REGION,
                "repository": "$.detail.repository-name",
                "digest": "$.detail.image-digest",
                "critical": "$.detail.finding-severity-counts.CRITICAL",
            },
            detail={"finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]}},
        ),
        "ecr-pull-through": Announcement(
            source="aws.ecr",
            kind="ECR Pull Through Cache Action",
            text="ECR: pull through of <repository> in <region> failed: <code> <reason>",
            values={
                **_REGION,
                "repository": "$.detail.repository-name",
                "code": "$.detail.failure-code",
                "reason": "$.detail.failure-reason",
            },
            detail={"sync-status": ["FAILED"]},
        ),
        "batch-failed": Announcement(
            source="aws.batch",
            kind="Batch Job State Change",
            text="AWS Batch: job <job> (<id>) in <region> failed: <reason>",
            values={
                **_REGION,
                "job": "$.detail.jobName",
                "id": "$.detail.jobId",
                "reason": "$.detail.statusReason",
            },
            detail={"status": ["FAILED"]},
        ),
    }
)
"""Key of the rule to its kind of event."""


def announcements(name: str, alerts: AlertTopic, parent: pulumi.Resource) -> dict[str, aws.cloudwatch.EventRule]:
    """Make the rules with their target; by key."""
    return {key: _rule(f"{name}-{key}", one, alerts, parent) for key, one in ANNOUNCEMENTS.items()}


def _rule(name: str, one: Announcement, alerts: AlertTopic, parent: pulumi.Resource) -> aws.cloudwatch.EventRule:
    pattern: dict[str, Any] = {"source": [one.source], "detail-type": [one.kind]}
    if one.detail:
        pattern["detail"] = dict(one.detail)
    rule = aws.cloudwatch.EventRule(
        name,
        description=f"{one.kind}, to the topic of alerts",
        event_pattern=json.dumps(pattern),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.cloudwatch.EventTarget(
        name,
        rule=rule.name,
        target_id="alerts",
        arn=alerts.topic.arn,
        input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
            # A text must be in quotation marks ("Amazon EventBridge input transformation").
            input_paths=dict(one.values),
            input_template=json.dumps(one.text),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[alerts.policy]),
    )
    return rule
