"""SNS topics."""

from rehearsal.aws.attributes_handler import AttributesHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls

TYPE = ResourceType(
    token="aws:sns/topic:Topic",
    service="sns",
    create="create_topic",
    id="TopicArn",
    read=Lookup(operation="get_topic_attributes", arguments={"TopicArn": "{id}"}, path="Attributes"),
    delete=("delete_topic", {"TopicArn": "{id}"}),
    replace=frozenset({"name", "namePrefix", "fifoTopic"}),
    tags=TagCalls(
        member="Tags",
        add="tag_resource",
        remove="untag_resource",
        arguments={"ResourceArn": "{id}"},
        read=Lookup(operation="list_tags_for_resource", arguments={"ResourceArn": "{id}"}, path="Tags"),
    ),
    name="name",
    outputs={"arn": "{id}", "owner": "{account}"},
    empty={
        **NAME_PREFIX,
        "beginningArchiveTime": "",
        "fifoThroughputScope": "",
        "maximumMessageSize": 262144,
        "policy": "",
        "signatureVersion": 0,
        "tracingConfig": "",
    },
    handler=AttributesHandler,
)
