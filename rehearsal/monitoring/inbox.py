"""What arrives at the SNS topic of a stack's alerts, by an SQS queue that the rehearsal subscribes to it.

The queue gets each message as SNS sends it to any subscriber: an envelope of JSON with subject and message
(https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
"""

import json
from dataclasses import dataclass
from typing import Any

QUEUE = "llm-{stack}-alerts-inbox"
_BATCH, _HIDDEN_SECONDS = 10, 60


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of the topic.

    Attributes:
        id: Its id, by SNS.
        time: When SNS took it, in ISO 8601.
        subject: Its subject; empty where it has none.
        text: Its text.
    """

    id: str
    time: str
    subject: str
    text: str


class Inbox:
    """The queue of one stack."""

    def __init__(self, sns: Any, sqs: Any, *, topic: str, stack: str) -> None:
        """Nothing is made yet.

        Args:
            sns: boto3's client of SNS in the topic's region.
            sqs: boto3's client of SQS there.
            topic: ARN of the topic.
            stack: Name of the stack.
        """
        self._sns, self._sqs, self._topic = sns, sqs, topic
        self.name = QUEUE.format(stack=stack)

    def subscribe(self) -> str:
        """Make the queue and subscribe it, if that has not been done; return the queue's URL."""
        url = str(self._sqs.create_queue(QueueName=self.name)["QueueUrl"])
        arn = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=arn)
        return url

    def messages(self) -> list[Message]:
        """All messages that are in the queue, oldest first; they stay there."""
        url = self.subscribe()
        found, handles = {}, []
        # What one receive has answered stays hidden from the next, until all are seen and made visible again.
        wanted = {"QueueUrl": url, "MaxNumberOfMessages": _BATCH, "VisibilityTimeout": _HIDDEN_SECONDS}
        while batch := self._sqs.receive_message(**wanted).get("Messages", []):
            for raw in batch:
                message = _message(json.loads(raw["Body"]))
                found[message.id] = message
                handles.append(raw["ReceiptHandle"])
        for handle in handles:
            self._sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        return sorted(found.values(), key=lambda message: message.time)

    def clear(self) -> None:
        """Delete what is in the queue."""
        self._sqs.purge_queue(QueueUrl=self.subscribe())


def _message(envelope: dict[str, Any]) -> Message:
    return Message(
        id=envelope["MessageId"],
        time=envelope["Timestamp"],
        subject=envelope.get("Subject") or "",
        text=envelope["Message"],
    )
