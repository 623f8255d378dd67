"""Thresholds of autoscaled services."""

from typing import Any

from settings.derived.autoscaling.decisions import Decision
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM

AUTOSCALE = {"min": 1, "max": 2}


def decided(autoscale: dict[str, Any], **service: Any) -> Decision:
    small = {**PLATFORM["services"]["small"], "autoscale": AUTOSCALE | autoscale, **service}
    return parse({**PLATFORM, "services": {"small": small}}, stack="dev").plan.autoscaling["small"]


def test_a_replica_is_saturated_at_four_fifths_of_its_engines_slots() -> None:
    found = decided({})
    assert (found.saturation_ratio, found.max_num_seqs) == (0.8, 256)


def test_slots_are_those_of_the_settings() -> None:
    found = decided({"saturation_ratio": 0.6}, args={"max-num-seqs": 16})
    assert (found.saturation_ratio, found.max_num_seqs) == (0.6, 16)
