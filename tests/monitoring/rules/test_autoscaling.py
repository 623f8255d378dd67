from dataclasses import replace

import pytest

from monitoring.rules import ServiceSettings, alert_names
from tests.monitoring.promtool import ENGINE, FULL, Fires, check, flat, healthy, rising

ERRORS = 'keda_scaled_object_errors_total{namespace="llm", scaledObject="a"}'
FULL_NOW = Fires(
    name="AutoscalerAtMax",
    severity="warning",
    summary="dev/a: all of its 1 replicas run, and requests wait",
    labels={"service": "dev/a"},
)
WAITING = f"vllm:num_requests_waiting{{{ENGINE}}}"


MOST = 'llm_gateway_service_setting{{model="dev/a", setting="max_replicas", pod="{}"}}'


def bounded(most: int | None):
    """A platform without a gateway, whose own service may have so many replicas."""
    return replace(FULL, gateway=False, services=(ServiceSettings(name="dev/a", max_replicas=most),))


def test_there_is_nothing_to_alert_on_without_keda():
    for args in (FULL, bounded(2)):
        assert {"AutoscalerFails", "AutoscalerAtMax"} <= set(alert_names(args))
        assert not {"AutoscalerFails", "AutoscalerAtMax"} & set(alert_names(replace(args, keda=False)))
    assert "AutoscalerAtMax" not in alert_names(bounded(None))


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
    """Of any stack's service: the gateways have the maximum from its Service."""
    busy, most = {WAITING: flat(2, 60)}, {MOST.format(f"g-{gateway}"): flat(1, 60) for gateway in range(2)}
    check(promtool, tmp_path, busy | most, FULL_NOW, at=40, minutes=60)
    check(promtool, tmp_path, busy | most, at=20, minutes=60)
    check(promtool, tmp_path, busy | dict.fromkeys(most, flat(2, 60)), at=40, minutes=60)
    check(promtool, tmp_path, most, at=40, minutes=60)
    check(promtool, tmp_path, busy, at=40, minutes=60)


PARALLEL = 'llm_gateway_service_setting{model="dev/a", setting="parallel", pod="g-0"}'
IN_FLIGHT = 'llm_gateway_in_flight{{model="dev/a", pod="{}"}}'


@pytest.mark.thorough
def test_requests_wait_in_engines_without_metrics_where_more_are_at_the_gateways_than_they_run(promtool, tmp_path):
    """Of Ollama: two replicas of four slots."""
    ollama = {series: None for series in healthy(1) if series.startswith("vllm:")} | {
        MOST.format("g-0"): flat(2, 60),
        PARALLEL: flat(4, 60),
        'llm_gateway_ready_replicas{model="dev/a", pod="g-0"}': flat(2, 60),
    }
    now = replace(FULL_NOW, summary="dev/a: all of its 2 replicas run, and requests wait")
    for here, there, fires in ((5, 4, [now]), (4, 4, []), (8, 0, [])):
        busy = {IN_FLIGHT.format("g-0"): flat(here, 60), IN_FLIGHT.format("g-1"): flat(there, 60)}
        check(promtool, tmp_path, ollama | busy, *fires, at=40, minutes=60)


@pytest.mark.thorough
def test_without_a_gateway_the_program_knows_the_maximum_of_its_own_services(promtool, tmp_path):
    busy = {WAITING: flat(2, 60)}
    check(promtool, tmp_path, busy, FULL_NOW, at=40, minutes=60, args=bounded(1))
    check(promtool, tmp_path, busy, at=40, minutes=60, args=bounded(2))
