import pytest

from monitoring.rules import RuleArgs, ServiceSettings
from tests.monitoring.promtool import ENGINE, EVERY_MINUTE, Fires, check, flat, healthy, rising, without

pytestmark = pytest.mark.thorough

READY = 'llm_gateway_ready_replicas{model="dev/a", pod="g-0"}'
WANTED = 'llm_gateway_service_setting{model="dev/a", setting="replicas", pod="g-0"}'
COST = 'llm_gateway_service_setting{model="dev/a", setting="usd_per_hour", pod="g-0"}'
IDLE_HOURS = 'llm_gateway_service_setting{model="dev/a", setting="idle_hours", pod="g-0"}'
UP = 'up{job="engines", service="dev/a", pod="a-0"}'
ENGINES = [series for series in healthy(1) if series.startswith("vllm:")]
STOP = f'vllm:request_success_total{{finished_reason="stop", {ENGINE}}}'
OK = 'llm_gateway_requests_total{tenant="team", model="dev/a", code="200", pod="g-0"}'
QUIET = {
    f"vllm:num_requests_running{{{ENGINE}}}": flat(0, 300),
    'llm_gateway_in_flight{model="dev/a", pod="g-0"}': flat(0, 300),
    STOP: f"0+{EVERY_MINUTE}x10 600+0x290",
    OK: f"0+{EVERY_MINUTE}x10 600+0x290",
    IDLE_HOURS: flat(1, 300),
}


def fires(name, severity, summary, **labels):
    return Fires(name=name, severity=severity, summary=summary, labels={"service": "dev/a", **labels})


NONE = "dev/a: none of 1 replicas is ready"
SOON = fires("LlmNoReplica", "critical", NONE, after="5m")
LATER = fires("LlmNoReplica", "critical", NONE, after="30m")


def gone(at, minutes=60):
    """Changes that end every series of the engine."""
    return {
        series: f"{values.split('x')[0]}x{at - 1} _x{minutes}"
        for series, values in healthy(1).items()
        if series in ENGINES or series == UP
    }


def test_a_service_without_replicas_fires_after_five_minutes(promtool, tmp_path):
    changes = {**gone(30), READY: "1+0x29 0+0x60"}
    check(promtool, tmp_path, changes, at=34, minutes=90)
    check(promtool, tmp_path, changes, SOON, at=37, minutes=90)
    check(promtool, tmp_path, changes, SOON, LATER, at=65, minutes=90)


def test_a_first_start_has_half_an_hour(promtool, tmp_path):
    never = {**dict.fromkeys(ENGINES), UP: None, READY: flat(0, 60)}
    check(promtool, tmp_path, never, at=25)
    check(promtool, tmp_path, never, LATER, at=35)


def test_a_service_that_should_have_none_does_not_fire(promtool, tmp_path):
    check(promtool, tmp_path, {**gone(30), READY: "1+0x29 0+0x60", WANTED: "1+0x29 0+0x60"}, at=80, minutes=90)


def test_fewer_replicas_than_wanted_fire(promtool, tmp_path):
    missing = fires("LlmReplicasMissing", "warning", "dev/a: 2 of its replicas are not ready")
    check(promtool, tmp_path, {WANTED: flat(3, 60)}, missing, at=35)
    check(promtool, tmp_path, {WANTED: flat(3, 60)}, at=25)


def test_without_a_gateway_replicas_are_those_that_prometheus_finds(promtool, tmp_path):
    args = RuleArgs(services=(ServiceSettings(name="dev/a", replicas=1),))
    alone = without("llm_gateway_ready_replicas", "llm_gateway_service_setting", "llm_gateway_requests_total")
    check(promtool, tmp_path, alone, at=60, args=args)
    check(promtool, tmp_path, {**alone, **gone(30)}, SOON, at=42, args=args, minutes=90)


def test_metrics_that_vanish_while_replicas_are_ready_fire(promtool, tmp_path):
    changes = {**gone(60), UP: f"{flat(1, 59)} 0+0x60"}
    vanished = fires("LlmMetricsVanished", "warning", "dev/a: its replicas are ready, and show no metrics any more")
    check(promtool, tmp_path, changes, at=62, minutes=120)
    check(promtool, tmp_path, changes, vanished, at=90, minutes=120)


def test_one_of_two_pods_that_ends_is_no_vanished_service(promtool, tmp_path):
    other = f"vllm:num_requests_running{{{ENGINE}}}".replace("a-0", "a-1")
    check(promtool, tmp_path, {other: "1+0x30 _x60"}, at=80, minutes=90)


@pytest.mark.parametrize(("cost", "shown"), [(flat(1.5, 300), "1.50"), (None, "0.00")])
def test_an_idle_service_fires_with_what_it_costs(promtool, tmp_path, cost, shown):
    summary = f"dev/a: no request for hours, while its replicas cost {shown} USD an hour"
    idle = fires("LlmServiceIdle", "info", summary)
    check(promtool, tmp_path, {**QUIET, COST: cost}, at=75, minutes=300)
    check(promtool, tmp_path, {**QUIET, COST: cost}, idle, at=90, minutes=300)


def test_idle_hours_are_the_services_own(promtool, tmp_path):
    check(promtool, tmp_path, {**QUIET, IDLE_HOURS: flat(6, 300)}, at=290, minutes=300)


def test_a_service_with_a_request_is_not_idle(promtool, tmp_path):
    check(promtool, tmp_path, {**QUIET, OK: f"0+{EVERY_MINUTE}x10 600+0x69 601+0x220"}, at=125, minutes=300)
    running = {f"vllm:num_requests_running{{{ENGINE}}}": flat(1, 300)}
    check(promtool, tmp_path, {**QUIET, **running}, at=290, minutes=300)


def test_a_new_service_has_its_idle_hours_first(promtool, tmp_path):
    new = {series: f"_x60 {values}" for series, values in healthy(240).items() if "dev/a" in series}
    quiet = {
        series: (f"_x60 {flat(0, 240)}" if series in QUIET and series != IDLE_HOURS else new.get(series))
        for series in {*new, *QUIET}
    }
    changes = {**quiet, IDLE_HOURS: f"_x60 {flat(1, 240)}"}
    check(promtool, tmp_path, changes, at=110, minutes=300)
    idle = fires("LlmServiceIdle", "info", "dev/a: no request for hours, while its replicas cost 1.50 USD an hour")
    check(promtool, tmp_path, changes, idle, at=150, minutes=300)


def test_a_service_of_zero_replicas_is_not_idle(promtool, tmp_path):
    changes = {**QUIET, **gone(30, 300), READY: "1+0x29 0+0x300", WANTED: "1+0x29 0+0x300", COST: flat(1, 300)}
    check(promtool, tmp_path, changes, at=200, minutes=300)


def test_a_busy_service_is_healthy_for_hours(promtool, tmp_path):
    check(promtool, tmp_path, {IDLE_HOURS: flat(1, 300), STOP: rising(EVERY_MINUTE, 300)}, at=290, minutes=300)
