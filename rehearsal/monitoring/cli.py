"""``rehearse metrics`` and ``rehearse alerts``: what the sandbox's Prometheus has, which alerts fire, what SNS delivered."""

# ruff: noqa: FBT002 - a flag of the command line is a parameter with a default: that is how typer reads it
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.console import OUT, UsageError, plain_table
from rehearsal.durations import seconds_of
from rehearsal.monitoring.inbox import Message
from rehearsal.monitoring.open_stack import StackMonitoring, open_stack
from rehearsal.monitoring.prometheus import Alert, Series, Target
from rehearsal.monitoring.proxied import ReadError
from rehearsal.monitoring.sparkline import sparkline
from rehearsal.sandboxes import DEFAULT_SANDBOX, existing

_POINTS = 40
Stack = Annotated[str, typer.Option("--stack", "-s", help="The platform stack.")]
SandboxName = Annotated[str, typer.Option("--sandbox", help="Which sandbox.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def metrics(
    query: Annotated[str, typer.Argument(help="PromQL; without it, what is scraped.")] = "",
    over: Annotated[str, typer.Option("--range", help="Values of this time until now, such as 10m, as bars.")] = "",
    stack: Stack = "dev",
    sandbox: SandboxName = DEFAULT_SANDBOX,
    as_json: AsJson = False,
) -> None:
    """Query the stack's Prometheus."""
    seconds = seconds_of("--range", over) if over else 0.0
    if over and not query:
        raise UsageError("--range needs a query, such as `rehearse metrics up --range 10m`")
    with _open(sandbox, stack) as monitoring:
        prometheus = monitoring.prometheus
        if not query:
            targets = prometheus.targets()
            _show([asdict(target) for target in targets], _targets(targets), as_json=as_json)
            return
        if seconds:
            now = time.time()
            found = prometheus.query_range(query, start=now - seconds, end=now, step=max(1.0, seconds / _POINTS))
        else:
            found = prometheus.query(query)
        _show([asdict(series) for series in found], _series(found, bars=bool(seconds)), as_json=as_json)


def alerts(stack: Stack = "dev", sandbox: SandboxName = DEFAULT_SANDBOX, as_json: AsJson = False) -> None:
    """Show the alerts that fire or are pending, and what arrived at a subscriber of the stack's SNS topic."""
    with _open(sandbox, stack) as monitoring:
        found = monitoring.prometheus.alerts()
        arrived = monitoring.inbox.messages() if monitoring.inbox else []
    content = {"alerts": [asdict(alert) for alert in found], "arrived": [asdict(message) for message in arrived]}
    _show(content, _alerts(found), *_arrived(arrived), as_json=as_json)


@contextmanager
def _open(sandbox: str, stack: str) -> Iterator[StackMonitoring]:
    """A stack's monitoring; what cannot be read is a usage error."""
    try:
        with open_stack(existing(sandbox), stack) as monitoring:
            yield monitoring
    except ReadError as error:
        raise UsageError(str(error)) from None


def _show(content: Any, *shown: Any, as_json: bool) -> None:
    if as_json:
        OUT.print(json.dumps(content, indent=2), markup=False, highlight=False)
        return
    for one in shown:
        OUT.print(one, highlight=False)


def _targets(targets: list[Target]) -> Any:
    if not targets:
        return "nothing is scraped"
    table = plain_table("job", "target", "state")
    for target in targets:
        table.add_row(target.job, target.address, "up" if target.up else f"down: {target.error}")
    return table


def _series(found: list[Series], *, bars: bool) -> Any:
    if not found:
        return "no series"
    table = plain_table("series", *(["over time"] if bars else []), "value")
    for series in found:
        drawn = [sparkline([value for _, value in series.points])] if bars else []
        table.add_row(series.name, *drawn, f"{series.last:g}")
    return table


def _alerts(found: list[Alert]) -> Any:
    if not found:
        return "no alert is pending or fires"
    table = plain_table("state", "alert", "of", "since", "summary")
    for alert in found:
        of = ", ".join(f"{key}={value}" for key, value in sorted(alert.labels.items()))
        table.add_row(alert.state, alert.name, of, alert.since[:19], alert.annotations.get("summary", ""))
    return table


def _arrived(messages: list[Message]) -> list[Any]:
    if not messages:
        return ["nothing arrived by SNS"]
    table = plain_table("arrived by SNS", "subject")
    for message in messages:
        table.add_row(message.time[:19], message.subject or message.text.partition("\n")[0])
    return [table]
