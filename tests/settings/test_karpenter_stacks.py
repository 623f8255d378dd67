"""Stacks with Karpenter pools of any choice: what is refused is one line each, and what is taken keeps its bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.subjects import of_settings
from settings.issues import Issue, SettingsError
from settings.loading.parse import Parsed, parse
from settings.models.stack import PlatformSettings
from settings.validation.budget import most
from tests.settings.bad_settings import PLATFORM
from tests.soak import examples

_G5 = ["g5.xlarge", "g5.2xlarge", "g5.8xlarge", "g5.12xlarge", "g5.48xlarge"]
_CPU = ["c6i.large", "c6i.xlarge", "c6i.2xlarge", "m6i.xlarge", "c6a.4xlarge", "r6i.2xlarge"]


def _pool(kind: str, types: list[str], limits: st.SearchStrategy[dict[str, int]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.just(kind),
            "provisioner": st.just("karpenter"),
            "instance_types": st.lists(st.sampled_from(types), min_size=1, max_size=4, unique=True),
            "capacity_types": st.lists(st.sampled_from(["spot", "on_demand"]), min_size=1, unique=True),
            "limits": limits,
        },
        optional={"zones": st.sampled_from([["a"], ["b", "a"]]), "termination_grace_seconds": st.integers(100, 4000)},
    )


@st.composite
def _stacks(draw: st.DrawFn) -> dict[str, Any]:
    gpu = draw(_pool("gpu", _G5, st.fixed_dictionaries({"gpus": st.integers(1, 64)})))
    gpu["team_gpus"] = draw(st.integers(0, 3))
    cpu = draw(_pool("cpu", _CPU, st.fixed_dictionaries({"vcpus": st.integers(2, 128)})))
    small = {**PLATFORM["services"]["small"], "pool": "gpu"}
    services: dict[str, Any] = {
        f"vllm-{place}": {**small, "tensor_parallel": degree, "replicas": replicas}
        for place, (degree, replicas) in enumerate(
            draw(st.lists(st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(1, 3)), max_size=3))
        )
    }
    if draw(st.booleans()):
        request = {"cpu": draw(st.integers(1, 8)), "memory_gib": draw(st.integers(9, 16)), "parallel": 1}
        sizes = {**request, "cpu_limit": 8, "memory_limit_gib": 16}
        services["ollama"] = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", **sizes}
    pools = {"system": PLATFORM["pools"]["system"], "gpu": gpu, "cpu": cpu}
    return {**PLATFORM, "protect": draw(st.booleans()), "pools": pools, "services": services}


def _parsed(raw: dict[str, Any]) -> Parsed | list[Issue]:
    """What is taken, or the lines for which it is refused."""
    try:
        return parse(raw, stack="dev")
    except SettingsError as error:
        return list(error.issues)


@pytest.mark.soak
@given(raw=_stacks())
@examples(150)
def test_cost_quotas_and_deadlines_of_what_is_taken_are_in_order(raw: dict[str, Any]) -> None:
    parsed = _parsed(raw)
    if isinstance(parsed, list):
        assert parsed
        for issue in parsed:
            assert issue.path.startswith(("pools.", "services.")), issue
            assert "\n" not in str(issue)
        return
    plan, settings = parsed.plan, parsed.settings
    assert isinstance(settings, PlatformSettings)
    for item in plan.cost.items:
        assert item.amounts
        assert 0 <= item.amounts.minimum <= item.amounts.deployed <= item.amounts.maximum + 1e-9, item
    spent = most(plan.cost)
    assert isinstance(_parsed({**raw, "budget": {"usd_per_month": spent + 1}}), Parsed)
    refused = _parsed({**raw, "budget": {"usd_per_month": spent - 1}})
    assert isinstance(refused, list)
    assert [issue.path for issue in refused] == ["budget.usd_per_month"]
    for name, pool in of_settings(parsed, project="p").pools.items():
        facts = plan.facts.pools[name]
        assert pool.desired == facts.desired <= facts.max
        if pool.karpenter:
            assert 0 <= pool.karpenter.start_vcpus <= pool.karpenter.most_vcpus
    for name, service in settings.services.items():
        own = plan.facts.pools[service.pool]
        assert plan.timings[name].progress_deadline > plan.timings[name].startup + 1800
        assert own.limit_gpus is None or service.gpus * service.replicas <= own.limit_gpus
