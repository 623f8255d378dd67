"""The queue of a topic, in moto."""

import boto3
import pytest
from moto import mock_aws

from rehearsal.monitoring.inbox import Inbox


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield boto3.client("sns", region_name="eu-west-1"), boto3.client("sqs", region_name="eu-west-1")


def test_messages_of_the_topic_arrive_and_stay(aws):
    sns, sqs = aws
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    inbox = Inbox(sns, sqs, topic=topic, stack="dev")
    inbox.subscribe()
    inbox.subscribe()
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    for number in range(23):
        sns.publish(TopicArn=topic, Message=f"message {number}", Subject="[FIRING:1] LlmQueueLong")
    for _ in range(2):
        messages = inbox.messages()
        assert {message.text for message in messages} == {f"message {number}" for number in range(23)}
        assert messages[0].subject == "[FIRING:1] LlmQueueLong"
    inbox.clear()
    assert inbox.messages() == []


def test_a_message_without_subject(aws):
    sns, sqs = aws
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    inbox = Inbox(sns, sqs, topic=topic, stack="dev")
    inbox.subscribe()
    sns.publish(TopicArn=topic, Message="text")
    assert [message.subject for message in inbox.messages()] == [""]
