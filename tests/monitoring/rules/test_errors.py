import pytest

from monitoring.rules import RuleArgs, ServiceSettings
from tests.monitoring.promtool import ENGINE, EVERY_MINUTE, Fires, check, flat, rising, without

pytestmark = pytest.mark.thorough

OK = 'llm_gateway_requests_total{tenant="team", model="dev/a", code="200", pod="g-0"}'
FAILED = 'llm_gateway_requests_total{tenant="team", model="dev/a", code="502", pod="g-0"}'
BROKEN = 'llm_gateway_broken_answers_total{model="dev/a", pod="g-0"}'
LIMITED = 'llm_gateway_requests_total{tenant="team", model="dev/a", code="429", pod="g-0"}'
OBJECTIVE = 'llm_gateway_service_setting{model="dev/a", setting="success_ratio", pod="g-0"}'
READY = 'llm_gateway_ready_replicas{model="dev/a", pod="g-0"}'
WANTED = 'llm_gateway_service_setting{model="dev/a", setting="replicas", pod="g-0"}'
ENGINE_ERROR = f'vllm:request_success_total{{finished_reason="error", {ENGINE}}}'


def failing(each):
    return {OK: rising(EVERY_MINUTE - each, 70), FAILED: rising(each, 70)}


def burns(share, *windows):
    severity = {"1h": ("LlmErrorsBurnFast", "critical")}
    return [
        Fires(
            name=severity.get(window, ("LlmErrorsBurnSlow",))[0],
            severity=severity.get(window, ("", "warning"))[1],
            summary=f"dev/a: {share} of the requests fail",
            labels={"service": "dev/a", "window": window},
        )
        for window in windows
    ]


def test_many_failures_fire_fast_and_slow(promtool, tmp_path):
    check(promtool, tmp_path, failing(6), *burns("10%", "1h", "6h", "1d"), at=65)


def test_some_failures_fire_slowly(promtool, tmp_path):
    check(promtool, tmp_path, failing(3), *burns("5%", "6h", "1d"), at=65)


def test_answers_that_engines_do_not_end_are_failures(promtool, tmp_path):
    # Streams above all: they began with 200.
    check(promtool, tmp_path, {BROKEN: rising(6, 70)}, *burns("10%", "1h", "6h", "1d"), at=65)


@pytest.mark.parametrize("each", [0, 0.5])
def test_failures_within_the_objective_do_not_fire(promtool, tmp_path, each):
    check(promtool, tmp_path, failing(each), at=65)


def test_a_rejected_request_is_no_failure(promtool, tmp_path):
    check(promtool, tmp_path, {LIMITED: rising(60, 70)}, at=65)


def test_a_single_failure_among_few_requests_does_not_fire(promtool, tmp_path):
    check(promtool, tmp_path, {OK: "0+0x55 0+1x5", FAILED: "0+0x60 1+0x10"}, at=65)


def test_the_objective_is_the_services_own(promtool, tmp_path):
    check(promtool, tmp_path, {**failing(6), OBJECTIVE: flat(0.97, 70)}, *burns("10%", "1d"), at=65)


def test_the_first_failures_of_a_day_are_no_day_of_failures(promtool, tmp_path):
    requests = {OK: f"{rising(60, 600)} 36000+0x20", FAILED: "_x600 0+60x20"}
    check(promtool, tmp_path, requests, *burns("13.36%", "1h"), at=608, minutes=620)


def test_a_low_objective_still_fires_when_all_fails(promtool, tmp_path):
    everything = {**failing(EVERY_MINUTE), OBJECTIVE: flat(0.5, 70)}
    check(promtool, tmp_path, everything, *burns("100%", "1h", "6h", "1d"), at=65)


def test_a_service_that_left_the_gateway_burns_by_errors_of_its_engine(promtool, tmp_path):
    changes = {OK: flat(600, 70), FAILED: flat(3, 70), ENGINE_ERROR: rising(6, 70)}
    check(promtool, tmp_path, changes, *burns("9.091%", "1h", "6h", "1d"), at=65)
    check(promtool, tmp_path, {**changes, ENGINE_ERROR: flat(6, 70)}, at=65)


def waking(code, ready="0+0x20 1+0x50", least=0):
    """A service whose replica takes 20 minutes to start, while a part of its requests fails."""
    failed = FAILED.replace("502", code)
    return {failed: f"0+30x20 {flat(600, 50)}", OK: f"0+0x20 {rising(60, 50)}", READY: ready, WANTED: flat(least, 70)}


def test_a_wake_that_answers_503_is_no_burn(promtool, tmp_path):
    check(promtool, tmp_path, waking("503"), at=18, minutes=70)
    check(promtool, tmp_path, waking("503"), at=45, minutes=70)


def test_other_failures_of_a_wake_burn(promtool, tmp_path):
    check(promtool, tmp_path, waking("500"), *burns("100%", "1h", "6h", "1d"), at=18, minutes=70)


def test_503_of_a_service_that_has_replicas_burn(promtool, tmp_path):
    check(promtool, tmp_path, waking("503", flat(1, 70)), *burns("100%", "1h", "6h", "1d"), at=18, minutes=70)


def test_without_a_gateway_errors_of_the_engine_count(promtool, tmp_path):
    args = RuleArgs(services=(ServiceSettings(name="dev/a", replicas=1),))
    alone = without("llm_gateway_requests_total", "llm_gateway_service_setting", "llm_gateway_ready_replicas")
    failed = {ENGINE_ERROR: rising(6, 70)}
    check(promtool, tmp_path, {**alone, **failed}, *burns("9.091%", "1h", "6h", "1d"), at=65, args=args)
    check(promtool, tmp_path, alone, at=65, args=args)
