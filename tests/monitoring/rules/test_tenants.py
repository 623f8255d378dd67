import dataclasses

import pytest

from monitoring.rules import render
from tests.monitoring.promtool import FULL, Fires, check, flat, rising

pytestmark = pytest.mark.thorough

BUDGET = 'llm_gateway_budget_used_ratio{tenant="team", pod="g-0"}'
EXPIRES = 'llm_gateway_key_expires_timestamp_seconds{tenant="team", pod="g-0"}'
CREATED = 'llm_gateway_key_created_timestamp_seconds{tenant="team", pod="g-0"}'
UP = 'up{job="gateway", pod="g-0"}'
ERRORS = 'llm_gateway_table_errors_total{pod="g-0"}'
IGNORED = 'llm_gateway_ignored_services{reason="no port", pod="g-0"}'
DROPPED = 'llm_gateway_response_logs_dropped_total{reason="firehose", pod="g-0"}'
LOGGED = 'llm_gateway_response_logs_total{model="dev/a", pod="g-0"}'
DAY = 86_400


def fires(name, severity, summary, **labels):
    return Fires(name=name, severity=severity, summary=summary, labels=labels)


def test_a_budget_that_is_nearly_spent_fires_and_then_one_that_is(promtool, tmp_path):
    near = fires("LlmBudgetNearlySpent", "info", "team: 90% of a budget is spent", tenant="team")
    check(promtool, tmp_path, {BUDGET: flat(0.9, 20)}, near, at=10)
    spent = fires("LlmBudgetSpent", "warning", "team: a budget is spent, its requests are rejected", tenant="team")
    check(promtool, tmp_path, {BUDGET: flat(1, 20)}, spent, at=10)
    check(promtool, tmp_path, {BUDGET: flat(0.8, 20)}, at=10)


def test_the_largest_part_that_any_pod_knows_counts_once(promtool, tmp_path):
    near = fires("LlmBudgetNearlySpent", "info", "team: 90% of a budget is spent", tenant="team")
    check(promtool, tmp_path, {BUDGET.replace("g-0", "g-1"): flat(0.9, 20)}, near, at=10)


def test_a_key_that_ends_within_a_week_fires(promtool, tmp_path):
    ends = fires("LlmKeyExpires", "warning", "team: an API key that is in use ends in 2d 23h 50m 0s", tenant="team")
    check(promtool, tmp_path, {EXPIRES: flat(3 * DAY, 20)}, ends, at=10)


@pytest.mark.parametrize("ends", ["inf+0x20", flat(8 * DAY, 20)])
def test_a_key_that_ends_later_or_never_does_not_fire(promtool, tmp_path, ends):
    check(promtool, tmp_path, {EXPIRES: ends}, at=10)


def test_a_key_that_is_older_than_the_setting_fires(promtool, tmp_path):
    old = fires("LlmKeyOld", "info", "team: an API key that is in use is 366d 0h 10m 0s old", tenant="team")
    check(promtool, tmp_path, {CREATED: flat(-366 * DAY, 20)}, old, at=10)
    # The oldest that any pod knows counts.
    check(promtool, tmp_path, {CREATED.replace("g-0", "g-1"): flat(-366 * DAY, 20)}, old, at=10)
    soon = fires("LlmKeyOld", "info", "team: an API key that is in use is 90d 0h 10m 0s old", tenant="team")
    args = dataclasses.replace(FULL, key_age_days=90)
    check(promtool, tmp_path, {CREATED: flat(-90 * DAY, 20)}, soon, at=10, args=args)


@pytest.mark.parametrize("created", ["inf+0x20", flat(-364 * DAY, 20)])
def test_a_key_that_is_younger_or_none_does_not_fire(promtool, tmp_path, created):
    check(promtool, tmp_path, {CREATED: created}, at=10)


def test_a_gateway_without_a_pod_that_answers_fires(promtool, tmp_path):
    down = fires("GatewayDown", "critical", "No pod of the gateway shows metrics")
    check(promtool, tmp_path, {UP: "1+0x9 0+0x20"}, down, at=13)
    check(promtool, tmp_path, {UP: "1+0x9 _x20"}, down, at=20)


def test_one_of_two_pods_that_answers_is_enough(promtool, tmp_path):
    check(promtool, tmp_path, {UP.replace("g-0", "g-1"): flat(0, 20)}, at=20)


def test_a_table_that_does_not_answer_fires_while_it_does_not(promtool, tmp_path):
    errors = fires("GatewayTableErrors", "warning", "DynamoDB did not answer 15 calls of the gateway in five minutes")
    check(promtool, tmp_path, {ERRORS: rising(3, 30)}, errors, at=20)
    check(promtool, tmp_path, {ERRORS: "0+3x10 30+0x30"}, at=25)


def test_a_service_that_the_gateway_ignores_fires(promtool, tmp_path):
    summary = "The gateway ignores 2 Kubernetes Services, or their settings: no port"
    ignored = fires("GatewayIgnoresService", "warning", summary, reason="no port")
    check(promtool, tmp_path, {IGNORED: flat(2, 20)}, ignored, at=15)


def dropped(share):
    summary = f"{share} of the responses with consent are not logged: firehose"
    return fires("GatewayResponseLogsDropped", "warning", summary, reason="firehose")


def test_response_logs_that_are_dropped_fire(promtool, tmp_path):
    check(promtool, tmp_path, {DROPPED: rising(20, 60)}, dropped("25%"), at=50)


def test_response_logs_of_which_firehose_never_took_one_fire(promtool, tmp_path):
    check(promtool, tmp_path, {DROPPED: rising(1, 60), LOGGED: None}, dropped("100%"), at=50)


@pytest.mark.parametrize("drops", ["0+0x20 1+0x40", rising(0.5, 60), flat(900, 60)], ids=["one", "few", "long ago"])
def test_few_dropped_response_logs_do_not_fire(promtool, tmp_path, drops):
    check(promtool, tmp_path, {DROPPED: drops}, at=50)


def test_a_platform_without_response_logs_has_no_alert_on_them():
    assert "response_logs" not in render(dataclasses.replace(FULL, response_logs=False))
