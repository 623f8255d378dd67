import pytest

from monitoring.rules import RuleArgs, ServiceSettings
from tests.monitoring.promtool import ENGINE, EVERY_MINUTE, Fires, check, flat, healthy, records, rising, without

pytestmark = pytest.mark.thorough

READY = 'llm_gateway_ready_replicas{model="dev/a", pod="g-0"}'
WANTED = 'llm_gateway_service_setting{model="dev/a", setting="replicas", pod="g-0"}'
COST = 'llm_gateway_service_setting{model="dev/a", setting="replica_usd_per_hour", pod="g-0"}'
MOST = 'llm_gateway_service_setting{model="dev/a", setting="max_replicas", pod="g-0"}'
PARALLEL = 'llm_gateway_service_setting{model="dev/a", setting="parallel", pod="g-0"}'
GATEWAY = 'up{job="gateway", pod="g-0"}'
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


@pytest.mark.parametrize("minutes", [40, 65, 95, 200])
def test_a_service_without_replicas_is_one_alert_for_as_long_as_it_lasts(promtool, tmp_path, minutes):
    check(promtool, tmp_path, {**gone(30, 240), READY: "1+0x29 0+0x240"}, SOON, at=30 + minutes, minutes=260)


def test_a_replica_ends_the_alert_and_the_next_fault_begins_it_again(promtool, tmp_path):
    changes = {READY: "1+0x29 0+0x89 1+0x9 0+0x100"}
    check(promtool, tmp_path, changes, at=125, minutes=220)
    check(promtool, tmp_path, changes, SOON, at=137, minutes=220)


def test_a_first_start_has_half_an_hour(promtool, tmp_path):
    never = {**dict.fromkeys(ENGINES), UP: None, READY: flat(0, 60)}
    check(promtool, tmp_path, never, at=25)
    check(promtool, tmp_path, never, LATER, at=35)


def test_a_service_that_should_have_none_does_not_fire(promtool, tmp_path):
    check(promtool, tmp_path, {**gone(30), READY: "1+0x29 0+0x60", WANTED: "1+0x29 0+0x60"}, at=80, minutes=90)


HELD = 'llm_gateway_held_requests{model="dev/a", pod="g-0"}'
UNAVAILABLE = OK.replace("200", "503")
START = 'llm_gateway_service_setting{model="dev/a", setting="start_seconds", pod="g-0"}'
ASLEEP = {**dict.fromkeys(ENGINES), UP: None, OK: flat(600, 120), READY: flat(0, 120), WANTED: flat(0, 120)}
WAKE_FAILS = fires(
    "LlmWakeFails", "critical", "dev/a: requests come, and no replica is ready for longer than a start takes"
)


@pytest.mark.parametrize("sign", [{HELD: "0+0x10 2+0x80"}, {UNAVAILABLE: "0+0x10 1+1x80"}], ids=["held", "503"])
def test_a_service_that_cannot_wake_fires_after_its_start(promtool, tmp_path, sign):
    # 600 s, half as much again, and a quarter of an hour.
    changes = {**ASLEEP, **sign, START: flat(600, 120)}
    check(promtool, tmp_path, changes, at=38, minutes=90)
    check(promtool, tmp_path, changes, WAKE_FAILS, at=45, minutes=90)


def test_a_service_that_wakes_in_time_or_sleeps_fires_nothing(promtool, tmp_path):
    awake = {HELD: "0+0x10 2+0x20 0+0x60", READY: "0+0x30 1+0x60", START: flat(600, 90)}
    check(promtool, tmp_path, {**ASLEEP, **awake}, at=60)
    check(promtool, tmp_path, {**ASLEEP, HELD: "2+0x10 0+0x50", START: flat(600, 60)}, at=58)


def test_fewer_replicas_than_wanted_fire(promtool, tmp_path):
    missing = fires("LlmReplicasMissing", "warning", "dev/a: 2 of its replicas are not ready")
    check(promtool, tmp_path, {WANTED: flat(3, 60)}, missing, at=35)
    check(promtool, tmp_path, {WANTED: flat(3, 60)}, at=25)


def test_without_a_gateway_replicas_are_those_that_prometheus_finds(promtool, tmp_path):
    args = RuleArgs(services=(ServiceSettings(name="dev/a", replicas=1),))
    alone = without("llm_gateway_ready_replicas", "llm_gateway_service_setting", "llm_gateway_requests_total")
    check(promtool, tmp_path, alone, at=60, args=args)
    check(promtool, tmp_path, {**alone, **gone(30)}, SOON, at=42, args=args, minutes=90)


VANISHED = fires("LlmMetricsVanished", "warning", "dev/a: its replicas are ready, and show no metrics any more")


def test_a_service_whose_engine_is_one_without_metrics_now_has_lost_none(promtool, tmp_path):
    """Ollama under a name that vLLM had, before the alert fires and after it has."""
    for begins in (20, 40):
        now = {PARALLEL: f"_x{begins} 4+0x60"}
        check(promtool, tmp_path, {**gone(20), **now}, at=60)


def not_scraped(share):
    return fires("LlmEnginesNotScraped", "warning", f"dev/a: Prometheus cannot read {share} of its engines")


@pytest.mark.parametrize("up", [None, flat(1, 180)], ids=["gone", "answering"])
def test_metrics_that_vanish_while_replicas_are_ready_fire(promtool, tmp_path, up):
    changes = {**gone(60), **({UP: up} if up else {})}
    check(promtool, tmp_path, changes, at=62, minutes=120)
    check(promtool, tmp_path, changes, VANISHED, at=90, minutes=120)


def test_metrics_that_vanish_are_not_resolved_by_time_alone(promtool, tmp_path):
    check(promtool, tmp_path, gone(20, 440), VANISHED, at=430, minutes=440)


def test_vanished_metrics_of_a_service_that_is_scaled_to_zero_are_over(promtool, tmp_path):
    check(promtool, tmp_path, {**gone(20, 60), READY: "1+0x44 0+0x20", WANTED: "1+0x44 0+0x20"}, at=60)


def test_engines_that_prometheus_can_never_read_fire(promtool, tmp_path):
    changes = {**dict.fromkeys(ENGINES), UP: flat(0, 20)}
    check(promtool, tmp_path, changes, at=8, minutes=20)
    check(promtool, tmp_path, changes, not_scraped("100%"), at=12, minutes=20)


def test_engines_that_prometheus_can_no_longer_read_fire_alone(promtool, tmp_path):
    changes = {**gone(30), UP: f"{flat(1, 29)} {flat(0, 40)}"}
    check(promtool, tmp_path, changes, not_scraped("100%"), at=60)


def test_one_of_two_replicas_that_prometheus_cannot_read_fires(promtool, tmp_path):
    second = UP.replace("a-0", "a-1")
    check(promtool, tmp_path, {second: flat(0, 30)}, not_scraped("50%"), at=15, minutes=30)
    check(promtool, tmp_path, {second: "0+0x8 1+0x22"}, at=15, minutes=30)
    tenth = {UP.replace("a-0", f"a-{number}"): flat(1, 30) for number in range(2, 10)}
    check(promtool, tmp_path, {second: flat(0, 30), **tenth}, at=15, minutes=30)


def test_one_of_two_pods_that_ends_is_no_vanished_service(promtool, tmp_path):
    other = f"vllm:num_requests_running{{{ENGINE}}}".replace("a-0", "a-1")
    check(promtool, tmp_path, {other: "1+0x30 _x60"}, at=80, minutes=90)


@pytest.mark.parametrize(("cost", "shown"), [(flat(1.5, 300), "1.50"), (None, "0.00")])
def test_an_idle_service_fires_with_what_it_costs(promtool, tmp_path, cost, shown):
    summary = f"dev/a: no request for hours, while its replicas cost {shown} USD an hour"
    idle = fires("LlmServiceIdle", "info", summary)
    check(promtool, tmp_path, {**QUIET, COST: cost}, at=75, minutes=300)
    check(promtool, tmp_path, {**QUIET, COST: cost}, idle, at=90, minutes=300)


@pytest.mark.parametrize(("ready", "shown"), [(1, "1.50"), (3, "4.50")])
def test_an_idle_service_costs_what_its_ready_replicas_cost(promtool, tmp_path, ready, shown):
    scaled = {READY: flat(ready, 90), MOST: flat(8, 90), WANTED: flat(0, 90)}
    idle = fires("LlmServiceIdle", "info", f"dev/a: no request for hours, while its replicas cost {shown} USD an hour")
    check(promtool, tmp_path, {**QUIET, **scaled}, idle, at=90, minutes=300)


@pytest.mark.parametrize(("ready", "usd"), [(0, 0), (1, 1.5), (8, 12)])
def test_the_cost_of_a_service_follows_its_replicas(promtool, tmp_path, ready, usd):
    scaled = {READY: flat(ready, 5), MOST: flat(8, 5), WANTED: flat(0, 5)}
    records(promtool, tmp_path, scaled, "llm:service_usd_per_hour", {'service="dev/a"': usd}, at=5)


def test_idle_hours_are_the_services_own(promtool, tmp_path):
    check(promtool, tmp_path, {**QUIET, IDLE_HOURS: flat(6, 300)}, at=290, minutes=300)


def test_a_service_with_a_request_is_not_idle(promtool, tmp_path):
    check(promtool, tmp_path, {**QUIET, OK: f"0+{EVERY_MINUTE}x10 600+0x69 601+0x220"}, at=125, minutes=300)
    running = {f"vllm:num_requests_running{{{ENGINE}}}": flat(1, 300)}
    check(promtool, tmp_path, {**QUIET, **running}, at=290, minutes=300)


def test_the_first_request_of_a_series_of_its_own_is_activity(promtool, tmp_path):
    first = {**QUIET, OK.replace("200", "404"): "_x60 1+0x60"}
    check(promtool, tmp_path, first, at=100, minutes=120)


def test_a_gap_of_the_scrapes_is_no_activity(promtool, tmp_path):
    idle = fires("LlmServiceIdle", "info", "dev/a: no request for hours, while its replicas cost 1.50 USD an hour")
    gap = {OK: f"0+{EVERY_MINUTE}x10 600+0x39 _x10 600+0x60", GATEWAY: "1+0x50 _x10 1+0x60"}
    check(promtool, tmp_path, {**QUIET, **gap}, idle, at=95, minutes=120)


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
