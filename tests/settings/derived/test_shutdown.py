"""The shutdown budget: every side within the notice of a spot interruption, and no side cuts what another may finish."""

import pytest

from settings.derived.shutdown import (
    DEREGISTRATION_SECONDS,
    GATEWAY_DRAIN_SECONDS,
    GATEWAY_END_SECONDS,
    GATEWAY_GRACE_SECONDS,
    GRACE_SECONDS,
    HEALTH_CHECK_SECONDS,
    NOTICE_SECONDS,
    PRE_STOP_SECONDS,
    REACTION_SECONDS,
    SHUTDOWN_SECONDS,
)
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM

GATEWAY_STEPS = (DEREGISTRATION_SECONDS, GATEWAY_DRAIN_SECONDS - DEREGISTRATION_SECONDS, GATEWAY_END_SECONDS)
VLLM_STEPS = (PRE_STOP_SECONDS, SHUTDOWN_SECONDS, GRACE_SECONDS - PRE_STOP_SECONDS - SHUTDOWN_SECONDS)


@pytest.mark.parametrize(
    ("steps", "grace"),
    [(GATEWAY_STEPS, GATEWAY_GRACE_SECONDS), (VLLM_STEPS, GRACE_SECONDS)],
    ids=["gateway", "vLLM"],
)
def test_every_side_is_within_the_notice(steps: tuple[int, ...], grace: int) -> None:
    assert REACTION_SECONDS + grace <= NOTICE_SECONDS
    assert sum(steps) == grace
    assert all(seconds > 0 for seconds in steps)


def test_the_gateway_lets_a_request_run_as_long_as_an_engine_does() -> None:
    assert GATEWAY_DRAIN_SECONDS - DEREGISTRATION_SECONDS == PRE_STOP_SECONDS + SHUTDOWN_SECONDS
    assert GATEWAY_GRACE_SECONDS > GATEWAY_DRAIN_SECONDS
    assert GRACE_SECONDS > PRE_STOP_SECONDS + SHUTDOWN_SECONDS


def test_an_unready_pod_is_found_before_it_stops_admitting() -> None:
    assert 2 * HEALTH_CHECK_SECONDS < DEREGISTRATION_SECONDS


@pytest.mark.parametrize(
    ("capacity", "seconds", "warned"),
    [("spot", 60, False), ("spot", 95, False), ("spot", 96, True), ("on_demand", 600, False)],
)
def test_an_ollama_service_on_spot_that_drains_too_long_is_warned_of(
    capacity: str, seconds: int, *, warned: bool
) -> None:
    pool = {"kind": "cpu", "instance_types": ["c6a.4xlarge", "c6i.4xlarge"], "capacity": capacity, "min": 2, "max": 2}
    llama = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "drain_seconds": seconds}
    raw = {**PLATFORM, "pools": {**PLATFORM["pools"], "cpu": pool}, "services": {"llama": llama}}
    found = [one for one in parse(raw, stack="dev").warnings if one.path == "services.llama.drain_seconds"]
    assert bool(found) is warned
    if warned:
        assert "set 95 at most" in found[0].message
