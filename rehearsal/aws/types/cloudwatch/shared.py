"""What rules and targets of EventBridge share."""

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


def default_bus(_: ResourceContext, inputs: Properties) -> Failures:
    """Reject another event bus: events of AWS's own services arrive on the default one."""
    bus = text_of(inputs.get("eventBusName"))
    if bus in (None, "default"):
        return []
    return [("eventBusName", f"{bus}: the rehearsal has the default event bus only")]


def no_targets(context: ResourceContext, resource_id: str, _: Properties) -> None:
    """Refuse to delete a rule that has targets, in AWS's words."""
    targets = context.call("events", "list_targets_by_rule", Rule=resource_id)["Targets"]
    if targets:
        names = ", ".join(sorted(target["Id"] for target in targets))
        raise ProviderError(f"DeleteRule: ValidationException: rule {resource_id} has targets: {names}")
