from dataclasses import replace

import pytest

from monitoring.rules import ServiceSettings, alert_names
from tests.monitoring.promtool import ENGINE, FULL, Fires, check, flat, rising

ERRORS = 'keda_scaled_object_errors_total{namespace="llm", scaledObject="a"}'
WAITING = f"vllm:num_requests_waiting{{{ENGINE}}}"


def bounded(most: int):
    return replace(FULL, services=(ServiceSettings(name="dev/a", max_replicas=most),))


def test_there_is_nothing_to_alert_on_without_keda():
    assert {"AutoscalerFails", "AutoscalerAtMax"} <= set(alert_names(bounded(2)))
    assert not {"AutoscalerFails", "AutoscalerAtMax"} & set(alert_names(replace(bounded(2), keda=False)))
    assert "AutoscalerAtMax" not in alert_names(FULL)


@pytest.mark.thorough
def test_triggers_that_fail_fire_once_it_lasts(promtool, tmp_path):
    fails = Fires(
        name="AutoscalerFails",
        severity="warning",
        summary="KEDA cannot evaluate the triggers of llm/a: 20 failures in 5 minutes",
        labels={"namespace": "llm", "scaledObject": "a"},
    )
    check(promtool, tmp_path, {ERRORS: rising(4, 60)}, fails, at=30, minutes=60)
    check(promtool, tmp_path, {ERRORS: f"3+4x5 {flat(23, 54)}"}, at=30, minutes=60)


@pytest.mark.thorough
def test_the_most_replicas_are_a_fault_while_requests_wait(promtool, tmp_path):
    full = Fires(
        name="AutoscalerAtMax",
        severity="warning",
        summary="dev/a: all of its 1 replicas run, and requests wait",
        labels={"service": "dev/a"},
    )
    busy = {WAITING: flat(2, 60)}
    check(promtool, tmp_path, busy, full, at=40, minutes=60, args=bounded(1))
    check(promtool, tmp_path, busy, at=40, minutes=60, args=bounded(2))
