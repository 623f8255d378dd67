"""Thresholds of autoscaled services."""

from typing import Any

from settings.derived.autoscaling.decisions import Decision, decision, start_seconds
from settings.derived.plan import StackPlan
from settings.derived.timeouts import Timing
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM

AUTOSCALE = {"min": 1, "max": 2}


def _service(autoscale: dict[str, Any], **service: Any) -> dict[str, Any]:
    return {**PLATFORM["services"]["small"], "autoscale": AUTOSCALE | autoscale, **service}


def plan_of(autoscale: dict[str, Any], **service: Any) -> StackPlan:
    return parse({**PLATFORM, "services": {"small": _service(autoscale, **service)}}, stack="dev").plan


def decided(autoscale: dict[str, Any], **service: Any) -> Decision:
    return plan_of(autoscale, **service).autoscaling["small"]


def test_a_replica_is_saturated_at_four_fifths_of_its_engines_slots() -> None:
    found = decided({})
    assert (found.saturation_ratio, found.max_num_seqs) == (0.8, 256)


def test_slots_are_those_of_the_settings() -> None:
    found = decided({"saturation_ratio": 0.6}, args={"max-num-seqs": 16})
    assert (found.saturation_ratio, found.max_num_seqs) == (0.6, 16)


def test_a_replica_that_is_not_needed_stays_as_long_as_the_next_would_take_to_start() -> None:
    plan = plan_of({})
    assert 900 < plan.autoscaling["small"].down_after == start_seconds(plan.timings["small"]) < 3600
    assert decided({"down_after": 0}).down_after == 0


def test_a_window_is_no_longer_than_an_hpa_takes_and_no_shorter_than_its_own() -> None:
    service = parse({**PLATFORM, "services": {"small": _service({})}}, stack="dev").settings.services["small"]

    def window(seconds: int) -> int:
        found = decision(service, None, Timing(expected=seconds, startup=seconds, mirror=0, node=0))
        assert found
        return found.down_after

    assert [window(seconds) for seconds in (60, 1000, 7200)] == [300, 1000, 3600]
