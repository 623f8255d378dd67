"""Alerts on the replicas of a service: none, too few, not visible, not used."""

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.rule import Alert, Group, Record
from monitoring.rules.services import ACTIVE, PARALLEL, READY, USD_PER_HOUR, of_gateway, setting
from monitoring.rules.unread import unread

_WANTED = f"{setting('replicas')} > 0"
_NO_REPLICA = "LlmNoReplica"
_NONE = f"({_WANTED}) unless on (service) ({READY} > 0)"
_NOT_SCRAPED = unread('job="engines"', "service")
"""An engine is a target only while it serves: one that starts has no series here."""
_UNSERVED = "llm:service_unserved_timestamp_seconds"
"""Since when requests come to a service that may have no replica, and has none."""
_WAKE_MARGIN = "15m"
"""What comes before an engine's start: a node, and the pull of the image."""


def group(args: RuleArgs) -> Group:
    """The rules."""
    wake = (_unserved(), _wake_fails()) if args.gateway else ()
    return Group(name="llm-replicas", rules=(*_no_replica(), *wake, _missing(), _not_scraped(), _vanished(), _idle()))


def _no_replica() -> tuple[Alert, Alert]:
    """Soon where there was a replica before; a first start, or one from zero, has longer, since weights load.

    One of both for as long as the fault lasts: the soon one carries itself on when the hour is over in which there was a replica.
    """
    none, had = f"sum by (service) ({_NONE})", f"max_over_time({READY}[1h]) > 0"
    fired = f'last_over_time(ALERTS{{alertname="{_NO_REPLICA}", alertstate="firing", after="5m"}}[1h])'
    soon = _no_replica_alert(f"{none} and on (service) ({had} or on (service) {fired})", "5m")
    return soon, _no_replica_alert(f"{none} unless on (service) {fired}", "30m")


def _no_replica_alert(expr: str, lasting: str) -> Alert:
    return Alert(
        name=_NO_REPLICA,
        expr=expr,
        lasting=lasting,
        labels={"after": lasting},
        severity="critical",
        summary="{{ $labels.service }}: none of {{ $value }} replicas is ready",
        description="Every request waits, or is answered 503. Look at the events of the pods, then at their nodes.",
    )


def _unserved() -> Record:
    """Requests of the last quarter of an hour count, since clients wait between tries; a replica that was ready ends it."""
    held = f"max by (service) ({of_gateway('max_over_time(llm_gateway_held_requests[15m])')}) > 0"
    refused = f"""sum by (service) ({of_gateway('increase(llm_gateway_requests_total{code="503"}[15m])')}) > 0"""
    now = f"({held} or on (service) {refused}) and on (service) ({READY} == 0) unless on (service) ({_WANTED})"
    before = f"last_over_time({_UNSERVED}[5m]) and on (service) ({now})"
    return Record(name=_UNSERVED, expr=f"({before}) or on (service) ({now}) * 0 + time()")


def _wake_fails() -> Alert:
    """The startup probe allows half as much again as a start is predicted to take."""
    start = f"max by (service) ({setting('start_seconds')})"
    return Alert(
        name="LlmWakeFails",
        expr=f"time() - {_UNSERVED} > on (service) ({start} * 1.5 + {_WAKE_MARGIN})",
        severity="critical",
        summary="{{ $labels.service }}: requests come, and no replica is ready for longer than a start takes",
        description="Every request waits, and is answered 503. Look at the events of the pods, then at their nodes.",
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


def _not_scraped() -> Alert:
    """By share, since one of many engines may end at any time; one of two that cannot be read counts."""
    return Alert(
        name="LlmEnginesNotScraped",
        expr=_NOT_SCRAPED,
        lasting="10m",
        severity="warning",
        summary="{{ $labels.service }}: Prometheus cannot read {{ $value | humanizePercentage }} of its engines",
        description=(
            "They serve, and their scrapes fail: alerts on the service see less, or nothing. Look at the error of the targets of "
            "the job engines."
        ),
    )


def _vanished() -> Alert:
    """The alert itself carries on what was there, which a range would lose while the fault lasts.

    A service whose engine is another one now, such as Ollama, has no metrics that it could lose.
    """
    before = """
        group by (service) (last_over_time(vllm:num_requests_running[6h] offset 15m))
        or group by (service) (ALERTS{alertname="LlmMetricsVanished"})
    """
    now = f"group by (service) (vllm:num_requests_running) or group by (service) ({setting(PARALLEL)})"
    return Alert(
        name="LlmMetricsVanished",
        expr=f"(({before}) unless on (service) ({now})) and on (service) ({READY} > 0) unless on (service) ({_NOT_SCRAPED})",
        lasting="5m",
        severity="warning",
        summary="{{ $labels.service }}: its replicas are ready, and show no metrics any more",
        description=(
            "Prometheus does not find the engines, or they answer without vLLM's series: alerts on the service cannot fire until "
            "they have them again. Look at the targets of the job engines."
        ),
    )


def _idle() -> Alert:
    recently = f"{ACTIVE} > on (service) (time() - {setting('idle_hours')} * 1h)"
    idle = f"({READY} > 0) unless on (service) ({recently})"
    return Alert(
        name="LlmServiceIdle",
        expr=f"""
            (sum by (service) ({USD_PER_HOUR}) and on (service) ({idle}))
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
