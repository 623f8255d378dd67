"""One fault from its beginning to its end, and whether the alerts that followed are those that have to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.chaos.alerting.scenarios import SCENARIOS, Subject, expected
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.chaos.alerting.watch import AlertWatch
from rehearsal.monitoring.open_stack import StackMonitoring

_MESSAGE_SECONDS = 60.0
"""A message has to arrive within this time of the alert's firing."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is tried.

    Attributes:
        name: The fault.
        subject: What it hits.
        application_xids: Xid codes after which the GPU is healthy.
        limit: Seconds until its alerts have to fire.
    """

    name: str
    subject: Subject
    application_xids: frozenset[int]
    limit: float


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What followed.

    Attributes:
        fired: Seconds until each alert fired.
        arrived: Seconds until the first message of each arrived by SNS.
        problems: What is wrong with that, a line each; empty: nothing.
    """

    fired: dict[str, float]
    arrived: dict[str, float]
    problems: list[str] = field(default_factory=list)


def run(trial: Trial, stage: Stage, monitoring: StackMonitoring, report: Callable[[str], None]) -> Outcome:
    """Set the fault, wait for its alerts and their messages, and clear it.

    Raises:
        UsageError: what the fault should hit is not there.
        ReadError: Prometheus does not answer at the beginning.
    """
    wanted = expected(trial.name, trial.subject, trial.application_xids)
    watch = AlertWatch(monitoring.prometheus, monitoring.inbox, report)
    if watch.before:
        watch.note(f"these fire already: {', '.join(sorted(watch.before))}")
    with SCENARIOS[trial.name].fault(stage, trial.subject) as done:
        watch.note(done)
        watch.note(f"next: {', '.join(sorted(wanted))}")
        watch.until(lambda: wanted <= watch.firing(), trial.limit)
        if monitoring.inbox and wanted <= watch.firing():
            watch.until(lambda: wanted <= watch.arrived.keys(), _MESSAGE_SECONDS)
    watch.note("the fault is cleared")
    return Outcome(fired=watch.fired, arrived=watch.arrived, problems=_problems(trial, wanted, watch, monitoring))


def _problems(trial: Trial, wanted: frozenset[str], watch: AlertWatch, monitoring: StackMonitoring) -> list[str]:
    missing = wanted - watch.fired.keys()
    others = watch.fired.keys() - wanted - SCENARIOS[trial.name].possible
    lines = [f"{name} did not fire within {trial.limit:.0f} s" for name in sorted(missing)]
    lines += [f"{name} fired, and does not follow from this fault" for name in sorted(others)]
    if monitoring.inbox:
        silent = wanted & watch.fired.keys() - watch.arrived.keys()
        lines += [f"no message of {name} arrived by SNS within {_MESSAGE_SECONDS:.0f} s" for name in sorted(silent)]
    return lines
