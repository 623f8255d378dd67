"""Targets of EventBridge's rules."""

import copy
import json
import logging
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.policy_checks import allows_service, statements_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup
from rehearsal.aws.types.cloudwatch.shared import default_bus
from rehearsal.plugins.wire import Properties

_SENT = ("arn", "targetId", "input", "inputPath", "inputTransformer", "roleArn", "sqsTarget", "deadLetterConfig")
_log = logging.getLogger(__name__)


def _deliverable(_: ResourceContext, inputs: Properties) -> Failures:
    """Reject a target that the rehearsal delivers no event to."""
    arn = text_of(inputs.get("arn"))
    if arn is None or arn.split(":")[2:3] in (["sqs"], ["logs"], ["sns"]):
        return []
    return [("arn", f"{arn}: the rehearsal delivers events to SQS queues, SNS topics and log groups only")]


class EventTargetHandler(ResourceHandler):
    """A target, which is found among those of its rule."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the rule, and a list of the one target."""
        given = {key: inputs[key] for key in (*_SENT, "retryPolicy") if inputs.get(key) is not None}
        return super().create_params(context, {"rule": inputs["rule"], "targets": [given]})

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the target of this id."""
        for target in super().read(context, resource_id, properties) or []:
            if target["Id"] == properties["targetId"]:
                return target
        return None


def _obey_queue_policies() -> None:
    """Deliver an event to a queue only if its policy lets EventBridge send: moto sends in any case."""
    from moto.events.models import Rule  # noqa: PLC0415 - the server alone imports moto
    from moto.sqs.models import sqs_backends  # noqa: PLC0415

    send = Rule._send_to_sqs_queue  # noqa: SLF001 - moto has no other place for it

    def _send_to_sqs_queue(self: Rule, resource_id: str, event: dict[str, Any], group_id: str | None = None) -> None:
        queue = sqs_backends[self.account_id][self.region_name].queues.get(resource_id)
        policy = json.loads(queue.policy or "{}") if queue else {}
        if queue is None or not allows_service(
            policy, "events.amazonaws.com", "sqs:SendMessage", queue.queue_arn, source=self.arn
        ):
            reason = "does not exist" if queue is None else "has no policy that lets events.amazonaws.com send"
            _log.warning("%s: queue %s %s; the event is lost", self.arn, resource_id, reason)
            return
        send(self, resource_id, event, group_id)

    replace_methods(Rule, _send_to_sqs_queue)


def _publish_to_topics() -> None:
    """Publish events to SNS topics, as their policies allow: moto sends events to queues and log groups only.

    The message is that of the target's input transformer, whose template is text in quotation marks or JSON.
    """
    from moto.events.models import Rule  # noqa: PLC0415 - the server alone imports moto
    from moto.sns.models import sns_backends  # noqa: PLC0415

    send = Rule.send_to_targets

    def send_to_targets(self: Rule, original_event: Any, *args: Any, **kwargs: Any) -> None:
        topics = [target for target in self.targets if target["Arn"].split(":")[2] == "sns"]
        others = copy.copy(self)
        others.targets = [target for target in self.targets if target not in topics]
        send(others, original_event, *args, **kwargs)
        if self.state == "DISABLED" or not self.event_pattern.matches_event(original_event):
            return
        for target in topics:
            topic = sns_backends[self.account_id][self.region_name].topics.get(target["Arn"])
            if topic is None or not admits_events(json.loads(topic.policy), topic.arn):
                reason = "does not exist" if topic is None else "has no policy that lets events.amazonaws.com publish"
                _log.warning("%s: topic %s %s; the event is lost", self.arn, target["Arn"], reason)
                continue
            topic.publish(transformed(target, original_event))

    replace_methods(Rule, send_to_targets)


def admits_events(document: Any, topic: str) -> bool:
    """Return whether a topic's policy lets EventBridge publish, which gives no condition a value (EventBridge User Guide)."""
    plain = [statement for statement in statements_of(document) if not statement.get("Condition")]
    return bool(plain) and allows_service({"Statement": plain}, "events.amazonaws.com", "sns:Publish", topic, source="")


def transformed(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Return the message that a target gets of an event."""
    if "Input" in target:
        return str(target["Input"])
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(event)
    values = {
        name: path_of(event, path.removeprefix("$.")) for name, path in transformer.get("InputPathsMap", {}).items()
    }
    text = str(transformer["InputTemplate"])
    for name, value in values.items():
        shown = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        text = text.replace(f"<{name}>", str(shown))
    return text


TYPE = ResourceType(
    token="aws:cloudwatch/eventTarget:EventTarget",
    service="events",
    create="put_targets",
    put=True,
    id="{rule}-{targetId}",
    read=Lookup(operation="list_targets_by_rule", arguments={"Rule": "{rule}"}, path="Targets"),
    delete=("remove_targets", {"Rule": "{rule}", "Ids": ["{targetId}"]}),
    renames={"targetId": "Id", "sqsTarget": "SqsParameters", "inputPaths": "InputPathsMap"},
    skip=frozenset({"eventBusName", "forceDestroy"}),
    replace=frozenset({"rule", "targetId", "eventBusName"}),
    name="targetId",
    name_length=64,
    defaults={"eventBusName": "default", "forceDestroy": False},
    checks=(default_bus, _deliverable),
    moto_patches=(_obey_queue_policies, _publish_to_topics),
    handler=EventTargetHandler,
    note="an event reaches a queue or a topic only if its policy lets EventBridge send",
)
