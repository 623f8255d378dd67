"""Events reach a topic's queues by a policy without conditions; a policy has actions of topics alone."""

import json

import pytest

from rehearsal.aws.client import AwsClient
from tests.rehearsal.aws.scene import Scene, bucket_policy, queue_policy, topic_policy

PATTERN = json.dumps({"source": ["aws.batch"], "detail-type": ["Batch Job State Change"]})
EVENT = {
    "Source": "aws.batch",
    "DetailType": "Batch Job State Change",
    "Detail": json.dumps({"jobName": "fine-tune", "status": "FAILED", "attempts": [{"reason": "spot"}]}),
}
TRANSFORMER = {
    "inputPaths": {"job": "$.detail.jobName", "status": "$.detail.status"},
    "inputTemplate": '"Job <job> is <status>"',
}


@pytest.fixture
def inbox(stack):
    scene = Scene(stack)
    topic, queue, rule = scene.topic("alerts"), scene.queue("inbox"), scene.event_rule("batch", PATTERN)
    scene.once("aws:sqs/queuePolicy:QueuePolicy", "send", queueUrl=queue.id, policy=queue_policy(queue["arn"], "Send"))
    scene.once(
        "aws:sns/topicSubscription:TopicSubscription", "in", topic=topic.id, protocol="sqs", endpoint=queue["arn"]
    )
    scene.once(
        "aws:cloudwatch/eventTarget:EventTarget", "to", rule=rule.id, arn=topic["arn"], inputTransformer=TRANSFORMER
    )
    return scene


def received(scene):
    aws = AwsClient(scene.stack.provider._sandbox)
    assert aws.call("events", "us-east-1", "put_events", {"Entries": [EVENT]})["FailedEntryCount"] == 0
    messages = aws.call("sqs", "us-east-1", "receive_message", {"QueueUrl": scene.queue("inbox").id}).get(
        "Messages", []
    )
    return [json.loads(message["Body"])["Message"] for message in messages]


def admit(scene, condition=None):
    policy = topic_policy(scene.topic("alerts").id, "Events", condition)
    scene.stack.create("aws:sns/topicPolicy:TopicPolicy", "policy", arn=scene.topic("alerts").id, policy=policy)


def test_an_event_arrives_as_its_transformer_writes_it(inbox):
    admit(inbox)
    assert received(inbox) == ['"Job fine-tune is FAILED"']


def test_eventbridge_fulfils_no_condition(inbox):
    admit(inbox, {"StringEquals": {"aws:SourceAccount": "123456789012"}})
    assert received(inbox) == []


def test_a_topic_without_policy_gets_nothing(inbox):
    assert received(inbox) == []


def test_a_policy_has_actions_and_the_arn_of_its_topic(stack):
    kind, arn = "aws:sns/topicPolicy:TopicPolicy", "arn:aws:sns:us-east-1:123456789012:alerts"
    wildcard = topic_policy(arn, "A").replace("sns:Publish", "sns:*")
    assert stack.problems(kind, {"arn": arn, "policy": wildcard}) == [
        "policy: sns:*: Policy statement action out of service scope!"
    ]
    assert "is not topic alerts" in stack.problems(kind, {"arn": arn, "policy": bucket_policy("x", "A")})[0]
    assert stack.problems(kind, {"arn": arn, "policy": topic_policy(arn, "A")}) == []
