"""SQS queues."""

from typing import Any

from rehearsal.aws.attributes_handler import AttributesHandler
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls


def _keep_policies() -> None:
    """Keep the policy of a queue when other attributes are set: moto removes it."""
    from moto.sqs.models import Queue  # noqa: PLC0415 - the server alone imports moto

    set_attributes = Queue._set_attributes  # noqa: SLF001 - moto has no other place for it

    def _set_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        kept = {} if "Policy" in attributes else {"Policy": getattr(self, "policy", None)}
        set_attributes(self, kept | attributes, now)

    replace_methods(Queue, _set_attributes)


TYPE = ResourceType(
    token="aws:sqs/queue:Queue",
    service="sqs",
    create="create_queue",
    id="QueueUrl",
    read=Lookup(
        operation="get_queue_attributes",
        arguments={"QueueUrl": "{id}", "AttributeNames": ["All"]},
        path="Attributes",
    ),
    delete=("delete_queue", {"QueueUrl": "{id}"}),
    renames={
        "name": "QueueName",
        "visibilityTimeoutSeconds": "VisibilityTimeout",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "maxMessageSize": "MaximumMessageSize",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    },
    replace=frozenset({"name", "namePrefix", "fifoQueue"}),
    tags=TagCalls(
        member="tags",
        form="map",
        add="tag_queue",
        remove="untag_queue",
        arguments={"QueueUrl": "{id}"},
        read=Lookup(operation="list_queue_tags", arguments={"QueueUrl": "{id}"}, path="Tags"),
    ),
    name="name",
    name_length=80,
    outputs={"arn": "QueueArn", "url": "{id}"},
    empty={
        **NAME_PREFIX,
        "deduplicationScope": "",
        "fifoThroughputLimit": "",
        "kmsDataKeyReusePeriodSeconds": 300,
        "policy": "",
        "redriveAllowPolicy": "",
        "redrivePolicy": "",
        "sqsManagedSseEnabled": True,
    },
    moto_patches=(_keep_policies,),
    handler=AttributesHandler,
)
