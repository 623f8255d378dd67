"""A fault is cleared however it ends, and other alerts than its own are a problem."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

import pytest

from rehearsal.chaos.alerting import run as running
from rehearsal.chaos.alerting.run import Trial, run
from rehearsal.chaos.alerting.scenarios import Scenario, Subject
from rehearsal.monitoring.open_stack import StackMonitoring
from tests.rehearsal.chaos.alerting.test_watch import Changing, alert, message


@pytest.fixture
def found(monkeypatch) -> Changing:
    """What Prometheus and queue have; the fault ``broken`` fires what ``after`` says, until it is cleared."""
    found = Changing()
    found.after = [alert("LlmQueueLong", "firing")]
    found.sent = [message("1", "[FIRING] LlmQueueLong")]

    @contextmanager
    def fault(stage, subject) -> Iterator[str]:
        found.now, found.held = found.after, found.sent
        try:
            yield "it is broken"
        finally:
            found.now = []

    scenario = Scenario(
        about="", alerts=frozenset({"LlmQueueLong"}), fault=fault, possible=frozenset({"LlmFirstTokenSlow"})
    )
    monkeypatch.setattr(running, "SCENARIOS", MappingProxyType({"broken": scenario}))
    monkeypatch.setattr(running, "expected", lambda *_: scenario.alerts)
    monkeypatch.setattr(running, "_MESSAGE_SECONDS", 0.1)
    return found


def outcome(found: Changing):
    trial = Trial(name="broken", subject=Subject(), application_xids=frozenset(), limit=0.1)
    return run(trial, None, StackMonitoring(prometheus=found, inbox=found), lambda _: None)


def test_the_alert_fires_and_arrives(found):
    assert outcome(found).problems == []
    assert found.now == []


def test_an_alert_that_does_not_fire(found):
    found.after = [alert("LlmQueueLong", "pending")]
    assert outcome(found).problems == ["LlmQueueLong did not fire within 0 s"]


def test_another_alert(found):
    found.after = [*found.after, alert("GpuIdle", "firing")]
    assert outcome(found).problems == ["GpuIdle fired, and does not follow from this fault"]


def test_an_alert_that_may_follow_is_no_problem_and_not_enough(found):
    found.after = [*found.after, alert("LlmFirstTokenSlow", "firing")]
    assert outcome(found).problems == []
    found.after = [alert("LlmFirstTokenSlow", "firing")]
    assert outcome(found).problems == ["LlmQueueLong did not fire within 0 s"]


def test_an_alert_whose_message_does_not_arrive(found):
    found.sent = []
    assert outcome(found).problems == ["no message of LlmQueueLong arrived by SNS within 0 s"]
