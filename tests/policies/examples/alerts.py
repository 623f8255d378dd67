"""Topics, subscriptions, alarms, log groups, functions and delivery streams."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

OTHER = Given("aws:ec2/eip:Eip", {"domain": "vpc"})
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION = "aws:lambda/function:Function"
STREAM = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


def one(note: str, kind: str, **props: Any) -> Case:
    return case(note, Given(kind, props))


EXAMPLES = {
    "sns-kms": Examples(
        passes=(
            one("a key", TOPIC, kmsMasterKeyId="arn:aws:kms:us-east-1:123456789012:key/1"),
            one("a key that is made in the same update", TOPIC, kmsMasterKeyId=U),
        ),
        fails=(one("none", TOPIC, name="alerts"), one("an empty one", TOPIC, kmsMasterKeyId="")),
        other=OTHER,
    ),
    "sns-http": Examples(
        passes=(
            one("https", SUBSCRIPTION, protocol="https", endpoint="https://hook.example.com"),
            one("email", SUBSCRIPTION, protocol="email", endpoint="on-call@example.com"),
        ),
        fails=(one("http", SUBSCRIPTION, protocol="http", endpoint="http://hook.example.com"),),
        unknown=(one("any", SUBSCRIPTION, protocol=U),),
        other=OTHER,
    ),
    "alarm-action": Examples(
        passes=(one("to a topic", ALARM, alarmActions=[U]),),
        fails=(one("none", ALARM, namespace="AWS/SQS"), one("an empty list", ALARM, alarmActions=[])),
        unknown=(one("any", ALARM, alarmActions=U),),
        other=OTHER,
    ),
    "log-retention": Examples(
        passes=(one("a month", GROUP, retentionInDays=30),),
        fails=(one("for ever", GROUP, name="/aws/lambda/a"), one("0 is for ever", GROUP, retentionInDays=0)),
        unknown=(one("any", GROUP, retentionInDays=U),),
        other=OTHER,
    ),
    "lambda-dead-letters": Examples(
        passes=(one("a queue of the same update", FUNCTION, deadLetterConfig={"targetArn": U}),),
        fails=(one("none", FUNCTION, runtime="python3.13"),),
        unknown=(one("any", FUNCTION, deadLetterConfig=U),),
        other=OTHER,
    ),
    "firehose-kms": Examples(
        passes=(one("on", STREAM, serverSideEncryption={"enabled": True, "keyArn": U}),),
        fails=(
            one("missing", STREAM, destination="extended_s3"),
            one("off", STREAM, serverSideEncryption={"enabled": False}),
        ),
        unknown=(one("any", STREAM, serverSideEncryption={"enabled": U}),),
        other=OTHER,
    ),
}
