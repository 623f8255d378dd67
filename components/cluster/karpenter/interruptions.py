"""The interruption queue: notices of EC2 and AWS Health that Karpenter drains nodes for, before AWS takes them.

Queue and rules are those of the template that Karpenter publishes for 1.14 (aws/karpenter-provider-aws,
website/content/en/v1.14/getting-started/getting-started-with-karpenter/cloudformation.yaml).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components.cluster.context import ClusterContext
from components.iam import PolicyDocument, Statement, tls_only

RETENTION_SECONDS = 300
"""A notice that is older than its two minutes is of no use."""
EVENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "health": ("aws.health", "AWS Health Event"),
        "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
        "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
        "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
        "reservation-interruption": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
    }
)
"""Name of the rule to the source and the detail-type of its events. Karpenter does not drain for a rebalance recommendation:
it publishes it as an event of the NodeClaim."""


@dataclass(frozen=True, kw_only=True)
class Interruptions:
    """The queue, and what makes notices arrive in it."""

    queue: aws.sqs.Queue
    """The queue; Karpenter is given its name."""
    delivery: Sequence[pulumi.Resource]
    """Its policy and the targets of the rules."""


def interruptions(context: ClusterContext) -> Interruptions:
    """Make the queue, named as the cluster is, with the rules that fill it."""
    child = pulumi.ResourceOptions(parent=context.parent)
    queue = aws.sqs.Queue(
        context.named("interruptions"),
        name=context.args.cluster_name,
        message_retention_seconds=RETENTION_SECONDS,
        sqs_managed_sse_enabled=True,
        opts=child,
    )
    rules = {
        name: aws.cloudwatch.EventRule(
            context.named(name),
            description=f"{detail}, for Karpenter of {context.args.cluster_name}",
            event_pattern=json.dumps({"source": [source], "detail-type": [detail]}),
            opts=child,
        )
        for name, (source, detail) in EVENTS.items()
    }
    policy = aws.sqs.QueuePolicy(
        context.named("interruptions"),
        queue_url=queue.url,
        policy=_queue_policy(queue.arn, [rule.arn for rule in rules.values()]).json,
        opts=child,
    )
    # A target before the policy would lose its events.
    after_policy = pulumi.ResourceOptions(parent=context.parent, depends_on=[policy])
    targets = [
        aws.cloudwatch.EventTarget(
            context.named(name), rule=rule.name, target_id="karpenter", arn=queue.arn, opts=after_policy
        )
        for name, rule in rules.items()
    ]
    return Interruptions(queue=queue, delivery=[policy, *targets])


def _queue_policy(queue: pulumi.Input[str], rules: Sequence[pulumi.Input[str]]) -> PolicyDocument:
    """Who may send: EventBridge, for these rules alone.

    The published template also admits the principal ``sqs.amazonaws.com``, without a condition. SQS itself sends only
    what it moves from a dead-letter queue, and this queue is none's, so it is omitted here.
    """
    return PolicyDocument(
        [
            Statement(
                sid="SendFromRules",
                actions=["sqs:SendMessage"],
                principals={"Service": "events.amazonaws.com"},
                resources=[queue],
                conditions=pulumi.Output.all(*rules).apply(lambda arns: {"ArnEquals": {"aws:SourceArn": arns}}),
            ),
            tls_only("sqs:*", [queue]),
        ]
    )
