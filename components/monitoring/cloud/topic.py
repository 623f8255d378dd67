"""The SNS topic of all alerts, its KMS key, and which AWS services may publish.

Alarms of CloudWatch, rules of EventBridge and AWS Budgets publish by the topic's policy; Alertmanager, which has a role of
the account, by the role's own policy (``publish_statements``).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Conditions, PolicyDocument, Statement, tls_only
from components.kms import THIS_KEY, Place, account_decides, encryption_key, logs_may_encrypt

CONDITIONED = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
"""Services that name the account that they act for."""
UNCONDITIONED = "events.amazonaws.com"
"""EventBridge names none: a condition on ``aws:SourceAccount`` or ``aws:SourceArn`` never holds, and each event is lost without
an error (EventBridge User Guide, "Using resource-based policies", Amazon SNS permissions; SNS Developer Guide, "Managing Amazon
SNS encryption keys"; seen in awslabs/landing-zone-accelerator-on-aws#407)."""
_USE = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, kw_only=True)
class AlertTopic:
    """The topic, and what must be there before a message arrives."""

    topic: aws.sns.Topic
    """The topic."""
    key: aws.kms.Key
    """The key that encrypts its messages, and what else the alarms keep."""
    policy: aws.sns.TopicPolicy
    """Who may publish: resources that do so depend on it."""


def alert_topic(name: str, topic_name: str, place: Place, parent: pulumi.Resource) -> AlertTopic:
    """Make the topic ``topic_name`` with its key and its policy."""
    child = pulumi.ResourceOptions(parent=parent)
    key = encryption_key(name, f"Encrypts the messages of topic {topic_name}", child, key_policy(place))
    topic = aws.sns.Topic(name, name=topic_name, kms_master_key_id=key.arn, opts=child)
    policy = aws.sns.TopicPolicy(name, arn=topic.arn, policy=_topic_policy(topic.arn, place.account).json, opts=child)
    return AlertTopic(topic=topic, key=key, policy=policy)


def publish_statements(topic_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> list[Statement]:
    """Statements that let a role of the account publish to the topic."""
    return [
        Statement(sid="PublishAlerts", actions=["sns:Publish"], resources=[topic_arn]),
        Statement(sid="EncryptAlerts", actions=_USE, resources=[key_arn]),
    ]


def key_policy(place: Place) -> PolicyDocument:
    """Who may use the key: the account, the services that publish, and CloudWatch Logs for log groups of Lambda functions."""
    return PolicyDocument(
        [
            account_decides(place.partition, place.account),
            *(
                Statement(
                    sid=f"Encrypt{service.partition('.')[0].capitalize()}",
                    actions=_USE,
                    principals={"Service": service},
                    resources=["*"],
                    conditions=_of_account(place.account),
                    because=THIS_KEY,
                )
                for service in CONDITIONED
            ),
            Statement(
                sid="EncryptEvents",
                actions=_USE,
                principals={"Service": UNCONDITIONED},
                resources=["*"],
                because=THIS_KEY,
            ),
            logs_may_encrypt(place, "/aws/lambda/"),
        ]
    )


def _topic_policy(topic: pulumi.Input[str], account: pulumi.Input[str]) -> PolicyDocument:
    return PolicyDocument(
        [
            *(
                Statement(
                    sid=f"Publish{service.partition('.')[0].capitalize()}",
                    actions=["sns:Publish"],
                    principals={"Service": service},
                    resources=[topic],
                    conditions=_of_account(account),
                )
                for service in CONDITIONED
            ),
            Statement(
                sid="PublishEvents",
                actions=["sns:Publish"],
                principals={"Service": UNCONDITIONED},
                resources=[topic],
            ),
            # Not sns:*, which a topic's policy cannot have: "Policy statement action out of service scope".
            tls_only("sns:Publish", [topic]),
        ]
    )


def _of_account(account: pulumi.Input[str]) -> pulumi.Output[Conditions]:
    return pulumi.Output.from_input(account).apply(lambda number: {"StringEquals": {"aws:SourceAccount": number}})
