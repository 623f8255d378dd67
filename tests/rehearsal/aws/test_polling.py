"""Receives that wait: they keep nothing else waiting, end with a message, and leave no trace in the journal."""

import threading
import time

import pytest

from rehearsal.aws.client import AwsClient
from tests.rehearsal.aws.scene import Scene

LONG = 20  # the longest that SQS has


@pytest.fixture
def queue(stack):
    return Scene(stack).queue().id


def receive(aws, queue, seconds, answers):
    begun = time.monotonic()
    found = aws.call("sqs", "us-east-1", "receive_message", {"QueueUrl": queue, "WaitTimeSeconds": seconds})
    answers.append((time.monotonic() - begun, [one["Body"] for one in found.get("Messages", [])]))


def test_other_requests_are_answered_while_a_receive_waits_and_a_message_ends_it(sandbox, queue):
    aws = AwsClient(sandbox)
    aws.call("ec2", "us-east-1", "describe_vpcs", {})  # the first call of a client loads the service's model
    journal = sandbox.aws / "journal.jsonl"
    size = journal.stat().st_size
    answers = []
    waiting = threading.Thread(target=receive, args=(aws, queue, LONG, answers))
    waiting.start()
    aws.call("ec2", "us-east-1", "describe_vpcs", {})
    assert not answers, "the receive waits"
    assert journal.stat().st_size == size
    aws.call("sqs", "us-east-1", "send_message", {"QueueUrl": queue, "MessageBody": "hello"})
    waiting.join(3 * LONG)
    ((_, bodies),) = answers
    assert bodies == ["hello"], "it ends with the message, not with its time"


def test_an_empty_queue_is_waited_for_as_long_as_wanted(sandbox, queue):
    answers = []
    receive(AwsClient(sandbox), queue, 2, answers)
    ((seconds, bodies),) = answers
    assert bodies == []
    assert seconds >= 2
