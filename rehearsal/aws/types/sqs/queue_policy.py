"""Policies of SQS queues."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.policy_checks import policy_of
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


def _of_another_queue(resource: str, url: str) -> str:
    name = url.rpartition("/")[2]
    return "" if resource == "*" or resource.rpartition(":")[2] == name else f"{resource} is not queue {name}"


class QueuePolicyHandler(ResourceHandler):
    """A policy, which is one attribute of its queue."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the policy as an attribute."""
        return {"QueueUrl": inputs["queueUrl"], "Attributes": {"Policy": inputs["policy"]}}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Set the attribute to an empty text, which removes the policy."""
        context.call("sqs", "set_queue_attributes", QueueUrl=resource_id, Attributes={"Policy": ""})


TYPE = ResourceType(
    token="aws:sqs/queuePolicy:QueuePolicy",
    service="sqs",
    create="set_queue_attributes",
    put=True,
    id="{queueUrl}",
    read=Lookup(
        operation="get_queue_attributes",
        arguments={"QueueUrl": "{id}", "AttributeNames": ["Policy"]},
        path="Attributes.Policy",
    ),
    delete=("set_queue_attributes", {"QueueUrl": "{id}"}),
    replace=frozenset({"queueUrl"}),
    checks=(policy_of("queueUrl", _of_another_queue),),
    handler=QueuePolicyHandler,
)
