import dataclasses

import pytest

from monitoring.rules import ServiceSettings
from tests.monitoring.promtool import ENGINE, FULL, Fires, check, flat, records

pytestmark = pytest.mark.thorough

PREDICTED = 'llm_gateway_service_setting{model="dev/a", setting="start_seconds", pod="g-0"}'
STARTED = 'container_start_time_seconds{container="vllm", namespace="dev", pod="a-0", node="n1", pool="gpu"}'
UP = 'up{job="engines", service="dev/a", pod="a-0"}'
WATCHED = ('up{job="prometheus"}', 'up{job="kubelet", node="n1"}')
TOKENS = f"vllm:generation_tokens_total{{{ENGINE}}}"
FIRST_TOKEN = "llm:engine_first_token_seconds"
SUMMARY = "dev/a: its engine took 1140 s to start, more than was predicted"
SLOW = Fires(name="LlmStartSlow", severity="info", summary=SUMMARY, labels={"service": "dev/a"})
LATE = {STARTED: flat(60, 90), UP: "_x20 1x70"}
"""An engine that loads is no target yet."""


def test_a_start_that_took_longer_than_predicted_fires(promtool, tmp_path):
    check(promtool, tmp_path, {**LATE, PREDICTED: flat(900, 90)}, SLOW, at=23, minutes=90)


def test_a_start_within_the_prediction_does_not_fire(promtool, tmp_path):
    check(promtool, tmp_path, {**LATE, PREDICTED: flat(1200, 90)}, at=23, minutes=90)


def test_it_ends_an_hour_after_the_start(promtool, tmp_path):
    check(promtool, tmp_path, {**LATE, PREDICTED: flat(900, 90)}, at=75, minutes=90)


def test_an_engine_that_still_starts_does_not_fire(promtool, tmp_path):
    changes = {STARTED: flat(60, 30), UP: "_x30", PREDICTED: flat(300, 30)}
    check(promtool, tmp_path, changes, at=20, minutes=30)


def test_a_container_that_started_again_is_no_slow_start(promtool, tmp_path):
    changes = {STARTED: "60x20 1500x40", UP: flat(1, 60), PREDICTED: flat(10, 60)}
    check(promtool, tmp_path, changes, at=30, minutes=60)


def away(first, last, minutes, series):
    """The values of a series that Prometheus did not read at these minutes."""
    values = [("_" if first <= minute <= last else series(minute)) for minute in range(minutes)]
    return " ".join(values)


@pytest.mark.parametrize(
    ("first", "last", "fires"),
    [(17, 21, ()), (10, 16, (SLOW,)), (30, 36, (SLOW,))],
    ids=["at the end of the start", "earlier", "later"],
)
def test_a_start_that_ended_while_prometheus_was_away_is_not_measured(promtool, tmp_path, first, last, fires):
    """The engine answers from the 20th minute on."""
    changes = {
        STARTED: away(first, last, 60, lambda _: "60"),
        UP: away(first, last, 60, lambda minute: "1" if minute >= 20 else "_"),
        **dict.fromkeys(WATCHED, away(first, last, 60, lambda _: "1")),
        PREDICTED: flat(900, 60),
    }
    check(promtool, tmp_path, changes, *fires, at=50, minutes=60)


@pytest.mark.parametrize("other", WATCHED)
def test_one_of_the_jobs_says_that_prometheus_was_there(promtool, tmp_path, other):
    """Another Prometheus calls its own job as it likes, and in a rehearsal kubelets are read seldom."""
    check(promtool, tmp_path, {**LATE, other: None, PREDICTED: flat(900, 90)}, SLOW, at=23, minutes=90)


def test_a_first_token_that_came_while_prometheus_was_away_is_not_measured(promtool, tmp_path):
    for first, found in ((20, {}), (10, {'service="dev/a", pod="a-0"': 1440})):
        changes = {
            STARTED: away(first, first + 6, 40, lambda _: "60"),
            TOKENS: away(first, first + 6, 40, lambda minute: "5" if minute >= 25 else "0"),
            **dict.fromkeys(WATCHED, away(first, first + 6, 40, lambda _: "1")),
        }
        records(promtool, tmp_path, changes, FIRST_TOKEN, found, at=39)


def test_without_a_gateway_the_rules_have_the_prediction(promtool, tmp_path):
    args = dataclasses.replace(
        FULL, gateway=False, services=(ServiceSettings(name="dev/a", replicas=1, start_seconds=900),)
    )
    check(promtool, tmp_path, LATE, SLOW, at=23, minutes=90, args=args)


def test_the_first_token_is_measured_from_the_start_of_the_container(promtool, tmp_path):
    changes = {STARTED: flat(60, 40), TOKENS: "0x24 5x15"}
    records(promtool, tmp_path, changes, FIRST_TOKEN, {'service="dev/a", pod="a-0"': 1440}, at=40)


def test_an_engine_without_a_request_has_no_first_token(promtool, tmp_path):
    records(promtool, tmp_path, {STARTED: flat(60, 40), TOKENS: flat(0, 40)}, FIRST_TOKEN, {}, at=40)


def test_tokens_of_the_container_before_are_no_first_token(promtool, tmp_path):
    records(promtool, tmp_path, {STARTED: "60x20 1500x20", TOKENS: flat(5, 40)}, FIRST_TOKEN, {}, at=40)
