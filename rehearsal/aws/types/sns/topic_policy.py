"""Policies of SNS topics."""

import json
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.policy_checks import policy_of, statements_of
from rehearsal.aws.policy_document import listed
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties

_TOPIC_ACTIONS = (
    "AddPermission DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource "
    "Publish PutDataProtectionPolicy Receive RemovePermission SetTopicAttributes Subscribe"
)
"""Actions that a topic's policy may have (Amazon SNS Developer Guide, "Amazon SNS API permissions")."""


def _of_another_topic(resource: str, arn: str) -> str:
    return "" if resource in {"*", arn} else f"{resource} is not topic {arn.rpartition(':')[2]}"


def _in_scope(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that each action is one of a topic; AWS takes no wildcard either."""
    text = text_of(inputs.get("policy"))
    try:
        document = json.loads(text) if text else None
    except ValueError:
        return []  # reported by `policy_of`
    scope = {f"sns:{action}".lower() for action in _TOPIC_ACTIONS.split()}
    actions = {action for statement in statements_of(document) for action in listed(statement.get("Action", []))}
    return [
        ("policy", f"{action}: Policy statement action out of service scope!")
        for action in sorted(actions)
        if action.lower() not in scope
    ]


class TopicPolicyHandler(ResourceHandler):
    """A policy, which is one attribute of its topic."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the policy as an attribute."""
        return {"TopicArn": inputs["arn"], "AttributeName": "Policy", "AttributeValue": inputs["policy"]}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Set the policy that a topic has by default, as the real provider does: AWS has no operation to delete one."""
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:Publish",
            ],
            "Resource": resource_id,
            "Condition": {"StringEquals": {"AWS:SourceOwner": outputs["owner"]}},
        }
        default = json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
        context.call(
            "sns", "set_topic_attributes", TopicArn=resource_id, AttributeName="Policy", AttributeValue=default
        )


TYPE = ResourceType(
    token="aws:sns/topicPolicy:TopicPolicy",
    service="sns",
    create="set_topic_attributes",
    put=True,
    id="{arn}",
    read=Lookup(operation="get_topic_attributes", arguments={"TopicArn": "{id}"}, path="Attributes"),
    delete=("set_topic_attributes", {"TopicArn": "{id}"}),
    replace=frozenset({"arn"}),
    outputs={"owner": "{account}"},
    checks=(policy_of("arn", _of_another_topic), _in_scope),
    handler=TopicPolicyHandler,
)
