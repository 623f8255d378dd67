"""The function that posts alerts to a chat: role, log group, dead-letter queue, and its subscription to the topic."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.iam import PolicyDocument, Statement, tls_only
from components.monitoring.cloud.topic import AlertTopic
from components.roles import service_role
from settings.derived.monitoring.names import CHAT_CONCURRENCY, chat_function

CODE = Path(__file__).parents[2] / "payloads" / "chat_alerts.py"
WEBHOOK_VARIABLE = "CHAT_WEBHOOK_SECRET_ARN"
RUNTIME = "python3.13"
TIMEOUT_SECONDS = 30
MEMORY_MIB = 256
KEPT_SECONDS = 14 * 86400
"""The longest that SQS keeps a message, so that it is still there after a holiday."""


@dataclass(frozen=True, kw_only=True)
class Chat:
    """What the alarms of the way to the chat watch."""

    function: aws.lambda_.Function
    """The function."""
    dead_letters: aws.sqs.Queue
    """The queue of messages that it could not post."""


def chat(
    name: str,
    cluster_name: str,
    alerts: AlertTopic,
    *,
    secret_arn: str,
    retention_days: int,
    permissions_boundary: str | None,
    parent: pulumi.Resource,
) -> Chat:
    """Make the function and subscribe it.

    Args:
        name: Begin of the logical names.
        cluster_name: Begin of the names in AWS.
        alerts: The topic.
        secret_arn: Secret with the webhook's URL; encrypted with the key ``aws/secretsmanager``, as the role may use no other.
        retention_days: Days that its logs are kept.
        permissions_boundary: ARN of the policy that bounds its role.
        parent: The component.
    """
    child = pulumi.ResourceOptions(parent=parent)
    called = chat_function(cluster_name)
    group = aws.cloudwatch.LogGroup(
        name, name=f"/aws/lambda/{called}", retention_in_days=retention_days, kms_key_id=alerts.key.arn, opts=child
    )
    letters = _dead_letters(name, f"{called}-failed", alerts.topic.arn, parent)
    bound = service_role(
        name,
        "lambda.amazonaws.com",
        {},
        description="Posts alerts to a chat",
        boundary=permissions_boundary,
        parent=parent,
    )
    policy = aws.iam.RolePolicy(
        name, role=bound.role.name, policy=_policy(group.arn, secret_arn, letters.arn).json, opts=child
    )
    function = aws.lambda_.Function(
        name,
        name=called,
        description="Posts alerts to a chat",
        role=bound.role.arn,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=f"{CODE.stem}.handler",
        code=pulumi.AssetArchive({CODE.name: pulumi.FileAsset(str(CODE))}),
        timeout=TIMEOUT_SECONDS,
        memory_size=MEMORY_MIB,
        reserved_concurrent_executions=CHAT_CONCURRENCY,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables={WEBHOOK_VARIABLE: secret_arn}),
        kms_key_arn=alerts.key.arn,
        dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=letters.arn),
        # Lambda looks at creation whether the role may send to the queue.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[group, policy]),
    )
    _subscribed(name, function, letters, alerts, parent)
    return Chat(function=function, dead_letters=letters)


def _dead_letters(name: str, called: str, topic: pulumi.Input[str], parent: pulumi.Resource) -> aws.sqs.Queue:
    child = pulumi.ResourceOptions(parent=parent)
    queue = aws.sqs.Queue(
        name, name=called, message_retention_seconds=KEPT_SECONDS, sqs_managed_sse_enabled=True, opts=child
    )
    send = Statement(
        sid="SendUndelivered",
        actions=["sqs:SendMessage"],
        principals={"Service": "sns.amazonaws.com"},
        resources=[queue.arn],
        conditions=pulumi.Output.from_input(topic).apply(lambda arn: {"ArnEquals": {"aws:SourceArn": arn}}),
    )
    document = PolicyDocument([send, tls_only("sqs:*", [queue.arn])])
    aws.sqs.QueuePolicy(name, queue_url=queue.url, policy=document.json, opts=child)
    return queue


def _policy(group: pulumi.Output[str], secret: str, letters: pulumi.Input[str]) -> PolicyDocument:
    return PolicyDocument(
        [
            Statement(
                sid="WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(group, ":*")],
                because="a log group's streams are named by the service that writes them",
            ),
            Statement(sid="ReadWebhook", actions=["secretsmanager:GetSecretValue"], resources=[secret]),
            Statement(sid="KeepFailed", actions=["sqs:SendMessage"], resources=[letters]),
        ]
    )


def _subscribed(
    name: str, function: aws.lambda_.Function, letters: aws.sqs.Queue, alerts: AlertTopic, parent: pulumi.Resource
) -> None:
    permission = aws.lambda_.Permission(
        name,
        function=function.name,
        action="lambda:InvokeFunction",
        principal="sns.amazonaws.com",
        source_arn=alerts.topic.arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.sns.TopicSubscription(
        name,
        topic=alerts.topic.arn,
        protocol="lambda",
        endpoint=function.arn,
        # What SNS itself cannot hand over, as while the function is replaced.
        redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": letters.arn}),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission]),
    )
