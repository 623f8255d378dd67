"""SQS queues."""

from rehearsal.aws.attributes_handler import AttributesHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls

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
    handler=AttributesHandler,
)
