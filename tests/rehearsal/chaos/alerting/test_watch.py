"""A watch of alerts against a Prometheus and a queue that change as the test says."""

from rehearsal.chaos.alerting.watch import AlertWatch
from rehearsal.monitoring.inbox import Message
from rehearsal.monitoring.prometheus import Alert
from rehearsal.monitoring.proxied import ReadError


def alert(name: str, state: str) -> Alert:
    return Alert(name=name, state=state, labels={}, annotations={}, since="2026-11-27T12:00:00Z")


def message(ident: str, subject: str) -> Message:
    return Message(id=ident, time="2026-11-27T12:00:00Z", subject=subject, text="")


class Changing:
    """Prometheus and queue in one: what they have now."""

    def __init__(self) -> None:
        self.now: list[Alert] = []
        self.held: list[Message] = []
        self.away = False

    def alerts(self) -> list[Alert]:
        if self.away:
            raise ReadError("no answer")
        return self.now

    def messages(self) -> list[Message]:
        return self.held


def watch(of: Changing) -> tuple[AlertWatch, list[str]]:
    lines: list[str] = []
    return AlertWatch(of, of, lambda line: lines.append(line.split("s  ", 1)[1])), lines


def test_what_fires_and_arrives_is_reported_once() -> None:
    found = Changing()
    found.now = [alert("Old", "firing")]
    found.held = [message("1", "[FIRING] Old")]
    seen, lines = watch(found)
    found.now = [alert("Old", "firing"), alert("LlmQueueLong", "pending")]
    seen.look()
    assert seen.firing() == frozenset()
    found.now = [alert("Old", "firing"), alert("LlmQueueLong", "firing"), alert("LlmQueueLong", "pending")]
    found.held = [*found.held, message("2", "[FIRING] LlmQueueLong")]
    seen.look()
    seen.look()
    assert seen.firing() == set(seen.fired) == set(seen.arrived) == {"LlmQueueLong"}
    found.now = [alert("Old", "firing")]
    seen.look()
    assert lines == [
        "LlmQueueLong: pending",
        "LlmQueueLong: firing",
        "by SNS: [FIRING] LlmQueueLong",
        "LlmQueueLong: over",
    ]
    assert set(seen.fired) == {"LlmQueueLong"}, "it has fired, also when it does not any more"


def test_a_prometheus_that_does_not_answer_changes_nothing() -> None:
    found = Changing()
    found.now = [alert("LlmQueueLong", "pending")]
    seen, lines = watch(found)
    found.away = True
    seen.look()
    assert lines == []


def test_waiting_ends_with_what_is_waited_for_or_with_the_time() -> None:
    found = Changing()
    seen, _ = watch(found)
    found.now = [alert("LlmNoReplica", "firing")]
    assert seen.until(lambda: "LlmNoReplica" in seen.firing(), 5)
    assert not seen.until(lambda: False, 0)
