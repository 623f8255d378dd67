"""Rules of EventBridge."""

import json
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, TagCalls
from rehearsal.aws.types.cloudwatch.shared import default_bus, no_targets
from rehearsal.plugins.wire import Properties

_ARN = "arn:{partition}:events:{region}:{account}:rule/{id}"


def _pattern(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that there is a pattern or a schedule, and that a pattern is an object of lists."""
    if inputs.get("eventPattern") is None and inputs.get("scheduleExpression") is None:
        return [("eventPattern", "a rule needs eventPattern or scheduleExpression")]
    text = text_of(inputs.get("eventPattern"))
    if text is None:
        return []
    try:
        pattern = json.loads(text)
    except ValueError as error:
        return [("eventPattern", f"is not JSON: {error}")]
    if not isinstance(pattern, dict) or not pattern:
        return [("eventPattern", "must be an object with at least one field")]
    return [
        ("eventPattern", f"{key} must be a list of values or an object, not {value!r}")
        for key, value in pattern.items()
        if not isinstance(value, list | dict)
    ]


def _disabled_rules_do_nothing() -> None:
    """Send no event through a disabled rule: moto looks at the pattern only."""
    from moto.events.models import Rule  # noqa: PLC0415 - the server alone imports moto

    send = Rule.send_to_targets

    def send_to_targets(self: Rule, original_event: Any, *args: Any, **kwargs: Any) -> None:
        if self.state != "DISABLED":
            send(self, original_event, *args, **kwargs)

    replace_methods(Rule, send_to_targets)


TYPE = ResourceType(
    token="aws:cloudwatch/eventRule:EventRule",
    service="events",
    create="put_rule",
    put=True,
    id="{name}",
    read=Lookup(operation="describe_rule", arguments={"Name": "{id}"}),
    delete=("delete_rule", {"Name": "{id}"}),
    skip=frozenset({"namePrefix", "forceDestroy", "eventBusName"}),
    replace=frozenset({"name", "namePrefix", "eventBusName"}),
    tags=TagCalls(
        member="Tags",
        add="tag_resource",
        remove="untag_resource",
        arguments={"ResourceARN": _ARN},
        read=Lookup(operation="list_tags_for_resource", arguments={"ResourceARN": _ARN}, path="Tags"),
    ),
    name="name",
    name_length=64,
    outputs={"arn": _ARN},
    defaults={"eventBusName": "default", "forceDestroy": False, "state": "ENABLED"},
    empty=NAME_PREFIX,
    checks=(default_bus, _pattern),
    guards=(no_targets,),
    moto_patches=(_disabled_rules_do_nothing,),
)
