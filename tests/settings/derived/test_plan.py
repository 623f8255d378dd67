"""What follows from settings is computed once in a run of the program."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pytest

from planner.cost.estimate import estimate
from planner.fit import fit
from settings.derived.capacity import pool_facts
from settings.derived.model_fit import service_fit
from settings.derived.platform_facts import platform_facts
from settings.loading.parse import parse
from settings.models.services.base import DEFAULT_KIND
from tests.committed_stacks import STACKS, deployed, dev_with_a_gpu_for_teams
from tests.harness import PROJECT, stack_config
from tests.settings.bad_settings import PLATFORM

pytestmark = pytest.mark.thorough


@contextmanager
def counted(*functions: Callable[..., Any]) -> Iterator[Counter[str]]:
    """Calls of functions by name, under whatever name they were imported."""
    codes: dict[CodeType, str] = {function.__code__: function.__name__ for function in functions}
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            calls[codes[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("stack", STACKS)
def test_a_run_of_the_program_computes_each_derived_fact_once(stack: str) -> None:
    dev_with_a_gpu_for_teams()  # deployed before anything is counted
    with counted(service_fit, fit, estimate, pool_facts, platform_facts) as calls:
        assert deployed.__wrapped__(stack).error is None  # not the cached run
    services: Any = stack_config(stack)[f"{PROJECT}:services"]
    on_gpus = sum(service.get("kind", DEFAULT_KIND) == "vllm" for service in services.values())
    assert services
    assert (calls["service_fit"], calls["fit"]) == (on_gpus, on_gpus)
    assert calls["estimate"] == 1
    assert (calls["pool_facts"], calls["platform_facts"]) == ((0, 0) if stack == "team-example" else (1, 1))


def test_the_plan_has_a_fit_and_a_cost_for_each_service_the_planner_knows() -> None:
    plan = parse(PLATFORM, stack="dev").plan
    assert set(plan.fits) == set(PLATFORM["services"])
    assert plan.fits["small"].fits
    assert [one.name for one in plan.cost.services] == ["small"]
    assert plan.billable.pools[0].name == "system"
    assert plan.pool("g5") is plan.facts.pools["g5"]
    assert plan.addresses
    assert set(plan.addresses.node) == {"a", "b"}


def test_a_team_stack_has_no_addresses_of_its_own() -> None:
    platform = parse(PLATFORM, stack="dev").plan.facts
    plan = parse({"owner": "team", "platform": "dev"}, stack="team", platform=lambda _: platform).plan
    assert (plan.addresses, plan.node_zones, dict(plan.fits)) == (None, (), {})
    assert plan.facts.region == "us-east-1"
