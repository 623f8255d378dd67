"""Rules on what carries alerts and logs: topics, subscriptions, alarms, log groups, functions, delivery streams."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.engine.rule import Finding, Findings, Rule, Subject
from guardrails.engine.values import parse_bool


def _topic(subject: Subject) -> Findings:
    # A key that the same update makes is unknown in its preview, and a key.
    if subject.props.get("kmsMasterKeyId") in (None, ""):
        yield Finding("kmsMasterKeyId is missing: its messages are not encrypted")


def _subscription(subject: Subject) -> Findings:
    if subject.value("protocol") == "http":
        yield Finding("protocol is http: its messages can be read and forged on the way")


def _alarm(subject: Subject) -> Findings:
    if not subject.value("alarmActions"):
        yield Finding("alarmActions is empty: it reports to no user")


def _log_group(subject: Subject) -> Findings:
    if not subject.value("retentionInDays"):
        yield Finding("retentionInDays is missing: its logs are kept for ever")


def _function(subject: Subject) -> Findings:
    if not subject.value("deadLetterConfig"):
        yield Finding("deadLetterConfig is missing: what it fails on is lost")


def _stream(subject: Subject) -> Findings:
    if parse_bool(subject.value("serverSideEncryption", "enabled")) is not True:
        yield Finding("serverSideEncryption.enabled is not true")


RULES: Final = (
    Rule(
        id="sns-kms",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="an SNS topic without a KMS key",
        why="Alerts name services, teams and what is wrong with them.",
        fix="set kms_master_key_id to a key whose policy admits the services that publish",
        benchmarks="FSBP SNS.1, CKV_AWS_26, trivy AWS-0095, cdk-nag SNS2",
        types=frozenset({"aws:sns/topic:Topic"}),
        judge=_topic,
    ),
    Rule(
        id="sns-http",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a subscription of a topic by plain HTTP",
        why="What is encrypted in the topic goes readable over the network, and a forged message looks like an alert.",
        fix="subscribe an https address, a queue, a function or an email address",
        benchmarks="cdk-nag SNS3",
        types=frozenset({"aws:sns/topicSubscription:TopicSubscription"}),
        judge=_subscription,
    ),
    Rule(
        id="alarm-action",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="an alarm that reports to no user",
        why="An alarm without an action is a colour on a page that no user looks at.",
        fix="set alarm_actions to the topic of alerts",
        benchmarks="FSBP CloudWatch.15, CKV_AWS_319",
        types=frozenset({"aws:cloudwatch/metricAlarm:MetricAlarm"}),
        judge=_alarm,
    ),
    Rule(
        id="log-retention",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="a log group that keeps its logs for ever",
        why="Logs are paid for each month, and what they hold of users may not be kept longer than it is needed.",
        fix="set retention_in_days",
        benchmarks="FSBP CloudWatch.16, CKV_AWS_66, AWSGuard cw-loggroup-retention-period-check",
        types=frozenset({"aws:cloudwatch/logGroup:LogGroup"}),
        judge=_log_group,
    ),
    Rule(
        id="lambda-dead-letters",
        family="storage",
        level=EnforcementLevel.ADVISORY,
        blocks="a Lambda function without a dead-letter queue",
        why="After two more attempts, an event that it fails on is gone without a trace.",
        fix="set dead_letter_config to a queue",
        benchmarks="CKV_AWS_116, cdk-nag LambdaDLQ",
        types=frozenset({"aws:lambda/function:Function"}),
        judge=_function,
    ),
    Rule(
        id="firehose-kms",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a Firehose stream without encryption",
        why="What goes through it may be prompts and answers.",
        fix="set server_side_encryption with key_type CUSTOMER_MANAGED_CMK and a key",
        benchmarks="FSBP DataFirehose.1, CKV_AWS_240, CKV_AWS_241, cdk-nag KDF1",
        types=frozenset({"aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"}),
        judge=_stream,
    ),
)
