"""Alerts on the replicas of a service: none, too few, not visible, not used."""

from monitoring.rules.rule import Alert, Group
from monitoring.rules.services import ACTIVE, READY, setting

_WANTED = f"{setting('replicas')} > 0"
_NONE = f"({_WANTED}) unless on (service) ({READY} > 0)"


def group() -> Group:
    """The rules."""
    return Group(name="llm-replicas", rules=(*_no_replica(), _missing(), _vanished(), _idle()))


def _no_replica() -> tuple[Alert, Alert]:
    """Soon where there was a replica before; a first start, or one from zero, has longer, since weights load."""
    had = f"max_over_time({READY}[1h]) > 0"
    soon = _no_replica_alert(f"sum by (service) ({_NONE}) and on (service) {had}", "5m")
    return soon, _no_replica_alert(f"sum by (service) ({_NONE})", "30m")


def _no_replica_alert(expr: str, lasting: str) -> Alert:
    return Alert(
        name="LlmNoReplica",
        expr=expr,
        lasting=lasting,
        labels={"after": lasting},
        severity="critical",
        summary="{{ $labels.service }}: none of {{ $value }} replicas is ready",
        description="Every request waits, or is answered 503. Look at the events of the pods, then at their nodes.",
    )


def _missing() -> Alert:
    return Alert(
        name="LlmReplicasMissing",
        expr=f"sum by (service) ({setting('replicas')}) - on (service) ({READY} > 0) > 0",
        lasting="30m",
        severity="warning",
        summary="{{ $labels.service }}: {{ $value }} of its replicas are not ready",
        description="The service runs with less than it was planned for. Look at the pods that are not ready.",
    )


def _vanished() -> Alert:
    before = "group by (service) (last_over_time(vllm:num_requests_running[6h] offset 15m))"
    now = "group by (service) (vllm:num_requests_running)"
    return Alert(
        name="LlmMetricsVanished",
        expr=f"({before} unless on (service) {now}) and on (service) ({READY} > 0)",
        lasting="5m",
        severity="warning",
        summary="{{ $labels.service }}: its replicas are ready, and show no metrics any more",
        description=(
            "Prometheus does not reach the engines, or is refused: alerts on the service cannot fire until it does. Look at "
            "the targets of the job engines."
        ),
    )


def _idle() -> Alert:
    recently = f"{ACTIVE} > on (service) (time() - {setting('idle_hours')} * 1h)"
    idle = f"({READY} > 0) unless on (service) ({recently})"
    return Alert(
        name="LlmServiceIdle",
        expr=f"""
            (sum by (service) ({setting("usd_per_hour")}) and on (service) ({idle}))
            or on (service) sum by (service) ({idle}) * 0
        """,
        lasting="10m",
        severity="info",
        summary='{{ $labels.service }}: no request for hours, while its replicas cost {{ $value | printf "%.2f" }} USD an hour',
        description=(
            "There was none for idle_hours of the service's alerts (0.00 USD: the cost is unknown). Scale it to zero, or "
            "remove it."
        ),
    )
