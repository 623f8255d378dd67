import pytest

from monitoring.rules.burn import BURNS
from tests.monitoring.promtool import ENGINE, Fires, check, first_token, flat, inter_token

pytestmark = pytest.mark.thorough

SETTING = 'llm_gateway_service_setting{{model="dev/a", setting="{}", pod="g-0"}}'
FIRST = "dev/a: more than {} % of first tokens are later than the objective"
BETWEEN = "dev/a: more than {} % of tokens after the first are later than the objective"


def slow(name, summary, *windows):
    share = {"1h": 72, "6h": 30, "1d": 15}
    severity = {"1h": "critical", "6h": "warning", "1d": "warning"}
    return [
        Fires(
            name=name,
            severity=severity[window],
            summary=summary.format(share[window]),
            labels={"service": "dev/a", "window": window},
        )
        for window in windows
    ]


def test_factors_are_those_of_the_workbook_and_quantiles_follow():
    assert [(burn.factor, burn.long, burn.short) for burn in BURNS] == [
        (14.4, "1h", "5m"),
        (6, "6h", "30m"),
        (3, "1d", "2h"),
    ]


def test_when_nearly_all_first_tokens_are_late_every_window_fires(promtool, tmp_path):
    late = first_token({"0.5": 6, "2.5": 6, "20.0": 60, "+Inf": 60}, 70)
    expected = slow("LlmFirstTokenSlow", FIRST, "1h", "6h", "1d")
    check(promtool, tmp_path, late, *expected, at=65)


def test_forty_percent_late_is_a_warning(promtool, tmp_path):
    late = first_token({"0.5": 36, "2.5": 36, "20.0": 60, "+Inf": 60}, 70)
    check(promtool, tmp_path, late, *slow("LlmFirstTokenSlow", FIRST, "6h", "1d"), at=65)


@pytest.mark.parametrize("late", [0, 3, 8])
def test_a_share_below_three_times_the_allowed_one_does_not_fire(promtool, tmp_path, late):
    check(promtool, tmp_path, first_token({"0.5": 60 - late, "2.5": 60 - late, "20.0": 60, "+Inf": 60}, 70), at=65)


def test_the_alert_ends_with_the_short_window(promtool, tmp_path):
    series = {}
    for bound, values in {
        "0.5": "0+0x60 0+60x120",
        "20.0": "0+60x180",
        "+Inf": "0+60x180",
    }.items():
        series[f'vllm:time_to_first_token_seconds_bucket{{le="{bound}", {ENGINE}}}'] = values
    series[f'vllm:time_to_first_token_seconds_bucket{{le="2.5", {ENGINE}}}'] = series.pop(
        f'vllm:time_to_first_token_seconds_bucket{{le="0.5", {ENGINE}}}'
    )
    series[f'vllm:time_to_first_token_seconds_bucket{{le="0.5", {ENGINE}}}'] = None
    check(promtool, tmp_path, series, *slow("LlmFirstTokenSlow", FIRST, "1d"), at=120, minutes=180)


def test_few_requests_do_not_fire_whatever_their_time(promtool, tmp_path):
    rare = first_token({"0.5": 0, "2.5": 0, "20.0": 0.05, "+Inf": 0.05}, 70)
    check(promtool, tmp_path, rare, at=65)


def test_the_objective_is_the_services_own(promtool, tmp_path):
    late = first_token({"0.5": 6, "2.5": 6, "20.0": 60, "+Inf": 60}, 70)
    check(promtool, tmp_path, {**late, SETTING.format("ttft_p95_seconds"): flat(30, 70)}, at=65)


def test_slow_tokens_fire(promtool, tmp_path):
    late = inter_token({"0.05": 300, "0.2": 300, "1.0": 3000, "+Inf": 3000}, 70)
    check(promtool, tmp_path, late, *slow("LlmInterTokenSlow", BETWEEN, "1h", "6h", "1d"), at=65)
    check(promtool, tmp_path, {**late, SETTING.format("inter_token_p95_seconds"): flat(1.5, 70)}, at=65)


def test_few_tokens_do_not_fire(promtool, tmp_path):
    check(promtool, tmp_path, inter_token({"0.05": 0, "1.0": 0.5, "+Inf": 0.5}, 70), at=65)
