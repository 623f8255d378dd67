"""Events reach a queue by a rule that fits, is on, and whose queue lets EventBridge send."""

import json

import pytest

from rehearsal.aws.client import AwsClient
from rehearsal.plugins.errors import ProviderError
from tests.rehearsal.aws.scene import Scene, queue_policy

WARNING = {
    "Source": "aws.ec2",
    "DetailType": "EC2 Spot Instance Interruption Warning",
    "Detail": json.dumps({"instance-id": "i-1", "instance-action": "terminate"}),
}
PATTERN = json.dumps({"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]})


@pytest.fixture
def way(stack):
    scene = Scene(stack)
    queue, rule = scene.queue("events"), scene.event_rule("spot", PATTERN)
    policy = queue_policy(queue["arn"], "Send")
    scene.once("aws:sqs/queuePolicy:QueuePolicy", "send", queueUrl=queue.id, policy=policy)
    scene.once("aws:cloudwatch/eventTarget:EventTarget", "spot", rule=rule.id, arn=queue["arn"])
    return scene


def received(stack, event):
    aws = AwsClient(stack.provider._sandbox)
    answer = aws.call("events", "us-east-1", "put_events", {"Entries": [event]})
    assert answer["FailedEntryCount"] == 0
    queue = Scene(stack).queue("events").id
    messages = aws.call("sqs", "us-east-1", "receive_message", {"QueueUrl": queue}).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_an_event_arrives_as_eventbridge_writes_it(stack, way):
    (event,) = received(stack, WARNING)
    assert event["source"] == "aws.ec2"
    assert event["detail-type"] == "EC2 Spot Instance Interruption Warning"
    assert event["detail"] == {"instance-id": "i-1", "instance-action": "terminate"}


def test_an_event_that_no_rule_fits_is_lost(stack, way):
    assert received(stack, WARNING | {"DetailType": "EC2 Instance Rebalance Recommendation"}) == []


def test_a_disabled_rule_sends_nothing(stack, way):
    way.event_rule("spot").update(eventPattern=PATTERN, state="DISABLED")
    assert received(stack, WARNING) == []


def test_a_queue_without_policy_gets_nothing(stack, way):
    way.once("aws:sqs/queuePolicy:QueuePolicy", "send").delete()
    assert received(stack, WARNING) == []


def test_a_rule_with_targets_cannot_be_deleted(stack, way):
    with pytest.raises(ProviderError, match=r"rule spot-.* has targets: spot-"):
        way.event_rule("spot").delete()
