"""A watch of alerts: each change with the seconds since the fault, until those that have to follow fire."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rehearsal.monitoring.inbox import Inbox
from rehearsal.monitoring.prometheus import Alert, Prometheus
from rehearsal.monitoring.proxied import ReadError

FIRING = "firing"
_POLL_SECONDS = 0.5
Report = Callable[[str], None]


@dataclass
class AlertWatch:
    """The alerts of one stack since the watch was made.

    Attributes:
        prometheus: Where they are.
        inbox: What arrives of them by SNS; None: nothing does.
        report: Gets a line for every change.
        fired: Seconds until each alert fired, by its name; those that fired before are not among them.
    """

    prometheus: Prometheus
    inbox: Inbox | None
    report: Report
    fired: dict[str, float] = field(default_factory=dict)
    _messages: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take what is so now as known."""
        self._begun = time.monotonic()
        self._states: Mapping[str, str] = _states(self.prometheus.alerts())
        self.before = {name for name, state in self._states.items() if state == FIRING}
        self._seen = {message.id for message in self.inbox.messages()} if self.inbox else set()

    @property
    def seconds(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._begun

    def note(self, text: str) -> None:
        """Report a line with the seconds."""
        self.report(f"{self.seconds:6.1f} s  {text}")

    def look(self) -> None:
        """Report what is new; a Prometheus that does not answer changes nothing."""
        try:
            now = _states(self.prometheus.alerts())
        except ReadError:
            return
        for name, state in now.items():
            if self._states.get(name) != state:
                self.note(f"{name}: {state}")
            if state == FIRING and name not in self.before:
                self.fired.setdefault(name, self.seconds)
        for name in self._states.keys() - now.keys():
            self.note(f"{name}: over")
        self._states = now
        self._look_at_inbox()

    def firing(self) -> frozenset[str]:
        """The alerts that fire now and did not fire before."""
        return frozenset(name for name, state in self._states.items() if state == FIRING) - self.before

    @property
    def arrived(self) -> dict[str, float]:
        """Seconds until the first message of each alert that fired arrived; a message may be seen before its alert."""
        found: dict[str, float] = {}
        for seconds, text in self._messages:
            for name in self.fired:
                if name in text:
                    found.setdefault(name, seconds)
        return found

    def until(self, done: Callable[[], bool], limit: float) -> bool:
        """Look again and again until ``done``, at most so many seconds more; return whether it was."""
        end = time.monotonic() + limit
        while True:
            self.look()
            if done():
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL_SECONDS)

    def _look_at_inbox(self) -> None:
        for message in self.inbox.messages() if self.inbox else ():
            if message.id in self._seen:
                continue
            self._seen.add(message.id)
            self.note(f"by SNS: {message.subject or message.text[:80]}")
            self._messages.append((self.seconds, message.subject + message.text))


def _states(alerts: list[Alert]) -> dict[str, str]:
    """State by name: that of the alert that is further on, where a name has several."""
    found: dict[str, str] = {}
    for alert in alerts:
        if found.get(alert.name) != FIRING:
            found[alert.name] = alert.state
    return found
