"""Subscriptions of SNS topics."""

import json
import re
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import same_json
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_ENDPOINTS = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "email-json": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "http": r"http://.+",
    "https": r"https://.+",
    "sqs": r"arn:[\w-]+:sqs:.+",
    "lambda": r"arn:[\w-]+:lambda:.+:function:.+",
    "firehose": r"arn:[\w-]+:firehose:.+:deliverystream/.+",
    "sms": r"\+\d+",
}
"""Protocols, and the form of their endpoints (SNS API Reference, Subscribe)."""
_CONFIRMED_BY_A_PERSON = frozenset({"email", "email-json"})


def _endpoint(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the protocol and the form of the endpoint."""
    protocol, endpoint = text_of(inputs.get("protocol")), text_of(inputs.get("endpoint"))
    if protocol is not None and protocol not in _ENDPOINTS:
        return [("protocol", f"{protocol} is not one of {', '.join(sorted(_ENDPOINTS))}")]
    if protocol is None or endpoint is None or re.fullmatch(_ENDPOINTS[protocol], endpoint):
        return []
    return [("endpoint", f"{endpoint} is not an endpoint of protocol {protocol}")]


def _texts(inputs: Properties) -> dict[str, str]:
    found = {name: inputs.get(key) for key, name in _ATTRIBUTES.items()}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in found.items()
        if value is not None
    }


def _deliver_to_lambda_nowhere() -> None:
    """Give no message to a function: moto would run it in Docker, which the rehearsal does without."""
    from moto.sns.models import Subscription  # noqa: PLC0415 - the server alone imports moto

    publish = Subscription.publish

    def publish_but_to_lambda(self: Subscription, message: str, message_id: str, **kwargs: Any) -> None:
        if self.protocol not in {"lambda", "email", "email-json"}:
            publish(self, message, message_id, **kwargs)

    publish_but_to_lambda.__name__ = "publish"
    replace_methods(Subscription, publish_but_to_lambda)


class SubscriptionHandler(ResourceHandler):
    """A subscription, most of whose properties are a map of texts."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return topic, protocol, endpoint and attributes."""
        if inputs["protocol"] == "lambda":
            name = str(inputs["endpoint"]).split(":function:", 1)[1].partition(":")[0]
            context.call("lambda", "get_function", FunctionName=name)
        return {
            "TopicArn": inputs["topic"],
            "Protocol": inputs["protocol"],
            "Endpoint": inputs["endpoint"],
            "Attributes": _texts(inputs),
            "ReturnSubscriptionArn": True,
        }

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs; an email stays pending until its reader confirms it."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        pending = inputs["protocol"] in _CONFIRMED_BY_A_PERSON
        return {**outputs, "pendingConfirmation": pending, "confirmationWasAuthenticated": not pending}

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Set the attributes that differ."""
        before = _texts(old)
        removed = sorted(set(before) - set(_texts(new)))
        if removed:
            raise ProviderError(
                f"TopicSubscription: {', '.join(removed)} cannot be removed in the rehearsal; replace it"
            )
        for name, value in _texts(new).items():
            if not same_json(before.get(name), value):
                context.call(
                    "sns",
                    "set_subscription_attributes",
                    SubscriptionArn=resource_id,
                    AttributeName=name,
                    AttributeValue=json.dumps(json.loads(value)) if name == "FilterPolicy" else value,
                )


TYPE = ResourceType(
    token="aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    create="subscribe",
    id="SubscriptionArn",
    read=Lookup(operation="get_subscription_attributes", arguments={"SubscriptionArn": "{id}"}, path="Attributes"),
    delete=("unsubscribe", {"SubscriptionArn": "{id}"}),
    renames={"topic": "TopicArn"},
    skip=frozenset({"confirmationTimeoutInMinutes", "endpointAutoConfirms"}),
    replace=frozenset({"topic", "protocol", "endpoint"}),
    outputs={"arn": "{id}", "ownerId": "{account}"},
    empty={
        "confirmationTimeoutInMinutes": 1,
        "deliveryPolicy": "",
        "endpointAutoConfirms": False,
        "filterPolicy": "",
        "filterPolicyScope": "",
        "rawMessageDelivery": False,
        "redrivePolicy": "",
        "subscriptionRoleArn": "",
    },
    checks=(_endpoint,),
    handler=SubscriptionHandler,
    moto_patches=(_deliver_to_lambda_nowhere,),
    note="messages reach SQS queues; no mail is sent, and no function is run",
)
