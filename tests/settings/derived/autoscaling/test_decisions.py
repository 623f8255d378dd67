"""Thresholds of autoscaled services."""

from typing import Any

import pytest

from settings.derived.autoscaling.decisions import Decision, decision, threshold
from settings.derived.autoscaling.starts import ReplicaStart
from settings.derived.plan import StackPlan
from settings.loading.parse import parse
from settings.models.services.autoscale import AutoscaleSettings
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


def test_a_fixed_number_of_replicas_has_the_threshold_that_it_would_have() -> None:
    service = parse({**PLATFORM, "services": {"small": _service({})}}, stack="dev").settings.services["small"]
    fixed = service.model_copy(update={"autoscale": None})
    assert threshold(fixed, None) == threshold(service, None)
    assert threshold(service, None).requests == 5
    given = service.model_copy(update={"autoscale": AutoscaleSettings(max=2, queue_per_replica=3)})
    assert (threshold(given, None).requests, threshold(given, None).source) == (3, "settings")


def test_slots_are_those_of_the_settings() -> None:
    found = decided({"saturation_ratio": 0.6}, args={"max-num-seqs": 16})
    assert (found.saturation_ratio, found.max_num_seqs) == (0.6, 16)


def test_held_requests_are_for_as_many_replicas_as_serve_them_at_once() -> None:
    assert decided({}).held_requests == pytest.approx(0.8 * 256)
    assert decided({"queue_per_replica": 2}, args={"max-num-seqs": 64}).held_requests == pytest.approx(51.2)
    assert decided({"saturation_ratio": 0.1}, args={"max-num-seqs": 2}).held_requests == 1


def test_without_a_known_model_a_replica_has_the_slots_of_vllm() -> None:
    service = parse({**PLATFORM, "services": {"small": _service({})}}, stack="dev").settings.services["small"]
    found = decision(service, None, ReplicaStart(expected=1, slow=1))
    assert found
    assert (found.max_num_seqs, found.held_requests) == (None, pytest.approx(0.8 * 256))


def test_ollama_serves_as_many_as_it_has_slots() -> None:
    pools = {**PLATFORM["pools"], "cpu": {"kind": "cpu", "instance_types": ["m5.4xlarge"], "max": 4}}
    chat = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "autoscale": AUTOSCALE, "parallel": 3}
    found = parse(
        {**PLATFORM, "pools": pools, "gateway": {}, "services": {"chat": chat}}, stack="dev"
    ).plan.autoscaling["chat"]
    assert (found.queue.requests, found.held_requests) == (3, 3)


def test_a_replica_that_is_not_needed_stays_as_long_as_the_next_would_take_to_start() -> None:
    plan = plan_of({})
    found = plan.autoscaling["small"]
    assert found.down_after == max(1800, found.start.expected)
    assert decided({"down_after": 0}).down_after == 0


def test_a_last_replica_stays_for_two_starts_and_for_a_slow_one() -> None:
    service = parse({**PLATFORM, "services": {"small": _service({})}}, stack="dev").settings.services["small"]

    def stays(expected: int, slow: int) -> int:
        found = decision(service, None, ReplicaStart(expected=expected, slow=slow))
        assert found
        return found.to_zero_after

    assert [stays(60, 100), stays(600, 1000), stays(600, 2000)] == [900, 1200, 2000]


def test_a_window_is_no_longer_than_an_hpa_takes_and_half_an_hour_at_least() -> None:
    service = parse({**PLATFORM, "services": {"small": _service({})}}, stack="dev").settings.services["small"]

    def window(seconds: int) -> int:
        found = decision(service, None, ReplicaStart(expected=seconds, slow=seconds))
        assert found
        return found.down_after

    assert [window(seconds) for seconds in (60, 2000, 7200)] == [1800, 2000, 3600]
