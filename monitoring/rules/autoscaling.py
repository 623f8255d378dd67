"""Alerts on autoscaling: scalers that fail, and services that cannot grow further."""

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.rule import Alert, Group
from monitoring.rules.services import PARALLEL, READY, of_gateway, setting


def group(args: RuleArgs) -> Group:
    """The rules; for clusters with KEDA."""
    bounded = args.gateway or any(service.max_replicas is not None for service in args.services)
    return Group(name="llm-autoscaling", rules=(_fails(), *((_at_max(args),) if bounded else ())))


def _fails() -> Alert:
    """A query that fails once is repeated; what fails for a quarter of an hour scales nothing."""
    return Alert(
        name="AutoscalerFails",
        expr="sum by (namespace, scaledObject) (increase(keda_scaled_object_errors_total[5m])) > 0",
        lasting="15m",
        severity="warning",
        summary="KEDA cannot evaluate the triggers of {{ $labels.namespace }}/{{ $labels.scaledObject }}: {{ $value | humanize }} failures in 5 minutes",
        description="Its replicas stay as they are, whatever is requested. Look at the events of the ScaledObject, then at Prometheus.",
    )


def _at_max(args: RuleArgs) -> Alert:
    """The most replicas alone are not a fault: requests must wait.

    An engine without metrics has more requests at the gateway than its replicas run at once.
    """
    waiting = "sum by (service) (vllm:num_requests_waiting) > 0"
    if args.gateway:
        slots = f"max by (service) ({setting(PARALLEL)}) * on (service) {READY}"
        waiting += f" or on (service) sum by (service) ({of_gateway('llm_gateway_in_flight')}) > on (service) ({slots})"
    return Alert(
        name="AutoscalerAtMax",
        expr=f"({READY} >= on (service) {setting('max_replicas')}) and on (service) ({waiting})",
        lasting="30m",
        severity="warning",
        summary="{{ $labels.service }}: all of its {{ $value }} replicas run, and requests wait",
        description="The autoscaler cannot add another. Raise autoscale.max and what bounds it, or lower what is requested.",
    )
