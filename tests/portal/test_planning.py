"""The planner, asked about a platform's pools."""

import copy
from dataclasses import replace

import pytest

from planner.coldstart.pieces import Name
from planner.cost import list_prices
from portal import planning
from portal.planning import OwnPlanner
from settings.derived.platform_facts import PlatformFacts
from tests.portal.browser.doubles import TellingRunner
from tests.portal.fakes import FACTS

QWEN = "Qwen/Qwen3-4B-Instruct-2507"


def facts(**pools):
    found = copy.deepcopy(FACTS)
    found["pools"] |= pools
    return PlatformFacts.model_validate(found)


@pytest.fixture
def planner():
    return OwnPlanner()


@pytest.fixture
def two_pools():
    return PlatformFacts.model_validate(TellingRunner("").facts)


def spec(**changes):
    given = {"model": QWEN, "pool": "g5", "max_model_len": 8192, "weights": {"source": "hub", "size_gib": 7.5}}
    return given | changes


def test_the_cheapest_comes_first_and_each_choice_holds_what_was_asked_for(planner, two_pools):
    found = planner.propose(QWEN, 8192, 20, "dev", two_pools)
    costs = [choice.cost.usd_hour for choice in found.choices]
    assert costs == sorted(costs)
    assert all(choice.enough and choice.requests_at_once >= 20 for choice in found.choices)
    assert {choice.pool for choice in found.choices} == {"g5", "g5-large"}


def test_what_is_proposed_is_never_quantized_by_itself(planner, two_pools):
    found = planner.propose(QWEN, 8192, 20, "dev", two_pools)
    assert found.choices[0].quantization == "fp8"
    assert found.best.quantization is None
    assert found.best.cost.usd_hour == min(
        choice.cost.usd_hour for choice in found.choices if choice.quantization is None
    )


def test_more_requests_at_once_take_more_replicas_or_a_higher_degree(planner, two_pools):
    few, many = (planner.propose(QWEN, 8192, count, "dev", two_pools).best for count in (1, 60))
    assert (few.replicas, few.tensor_parallel) == (1, 1)
    assert many.gpus > few.gpus
    assert many.requests_at_once >= 60


def test_a_pool_that_cannot_is_ruled_out_with_the_reason_and_what_would_do(planner):
    found = planner.propose("Qwen/Qwen3-32B", 8192, 1, "dev", facts())
    assert found.choices == ()
    assert found.best is None
    assert "leave nothing" in found.ruled_out[0]
    assert found.ruled_out[0].startswith("g5 (g5.2xlarge): with 1 GPU a replica")
    assert any("g6e" in line and "US dollars an hour" in line for line in found.elsewhere)


def test_an_unknown_model_is_said_to_be_unknown(planner):
    found = planner.propose("Qwen/Qwen9-4B", 8192, 1, "dev", facts())
    assert (found.known, found.choices, found.weights_gib) == (False, (), None)
    assert "Qwen/Qwen3-4B" in found.near
    judged = planner.judge(spec(model="Qwen/Qwen9-4B"), 1, "dev", facts())
    assert (judged.fit, judged.memory) == ("unknown", None)
    assert judged.cost.usd_day == 29.63


def test_starts_are_predicted_by_the_types_of_the_pool_and_of_nothing_else(planner):
    types = FACTS["pools"]["g5"] | {"instance_types": ["g5.2xlarge", "g6e.2xlarge"]}
    found = planner.starts(spec(), facts(g5=types))
    assert set(found) == {"g5.2xlarge", "g6e.2xlarge"}
    assert found["g6e.2xlarge"].known.expected < found["g5.2xlarge"].known.expected, "a newer GPU compiles sooner"
    image = f"vllm/vllm-openai@sha256:{'a' * 64}"
    kept = planner.starts(spec(image=image, compile_cache=True), facts(g5=types))
    assert kept["g5.2xlarge"].of(Name.COMPILE).expected < found["g5.2xlarge"].of(Name.COMPILE).expected
    assert planner.starts(spec(pool="gone"), facts()) == {}
    assert planner.starts({"kind": "ollama", "model": "qwen3:0.6b", "pool": "system"}, facts()) == {}
    assert planner.starts(spec(model="own/model", weights={"source": "hub"}), facts()) == {}, "its size is not known"


def test_settings_are_judged_as_they_would_be_deployed(planner):
    plain = planner.judge(spec(), 1, "dev", facts())
    eager = planner.judge(spec(args={"enforce-eager": True}), 1, "dev", facts())
    half = planner.judge(spec(gpu_memory_utilization=0.5), 1, "dev", facts())
    assert plain.memory.cuda_graphs > eager.memory.cuda_graphs == 0
    assert plain.memory.kv > half.memory.kv
    assert half.memory.budget == pytest.approx(plain.memory.visible * 0.5)
    parts = plain.memory
    total = parts.weights + parts.activation + parts.non_torch + parts.cuda_graphs + parts.kv
    assert total == pytest.approx(parts.budget, abs=0.05)


def test_what_does_not_fit_names_the_nearest_choice_that_works(planner, two_pools):
    judged = planner.judge(spec(model="Qwen/Qwen3-14B", pool="g5-large"), 1, "dev", two_pools)
    assert judged.fit == "refused"
    assert "tensor_parallel 2" in judged.reasons[0]


def test_a_quantization_nobody_knows_gets_no_verdict(planner):
    judged = planner.judge(spec(quantization="torchao"), 1, "dev", facts())
    assert (judged.fit, judged.memory) == ("unknown", None)
    assert "torchao" in judged.reasons[0]


def test_a_pool_nobody_knows_is_not_judged(planner):
    assert planner.judge(spec(pool="h100"), 1, "dev", facts()) is None
    assert planner.judge(spec(pool="system"), 1, "dev", facts()) is None


def test_a_cost_is_the_sum_of_its_lines_each_with_source_and_date(planner):
    endpoint = {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24"]}
    found = planner.cost(spec(replicas=2, endpoint=endpoint), "dev", facts())
    assert found.usd_hour == pytest.approx(sum(line.usd_hour for line in found.lines))
    assert (found.usd_day, found.usd_month) == (round(found.usd_hour * 24, 2), round(found.usd_hour * 730, 2))
    assert {line.what for line in found.lines} == {
        "Share of the nodes",
        "Network load balancer",
        "Public IPv4 addresses",
    }
    assert all("2026-" in line.source for line in found.lines)


def test_spot_is_told_beside_the_list_price(planner, two_pools):
    assert planner.cost(spec(), "dev", two_pools).spot_usd_hour is None
    spot = planner.cost(spec(pool="g5-large"), "dev", two_pools)
    assert 0 < spot.spot_usd_hour < spot.usd_hour


def test_an_unknown_price_makes_the_whole_cost_unknown(planner, monkeypatch):
    monkeypatch.setattr(planning, "list_prices", lambda: replace(list_prices(), nodes={}))
    found = planner.cost(spec(), "dev", facts())
    assert (found.usd_hour, found.usd_day, found.usd_month) == (None, None, None)
    assert "g5.2xlarge" in found.unknown
    dearest_last = planner.propose(QWEN, 8192, 1, "dev", facts()).choices
    assert [choice.cost.usd_day for choice in dearest_last] == [None, None]


def test_a_choice_on_a_karpenter_pool_names_the_type_that_karpenter_launches_for_it(planner):
    karpenter = {
        **copy.deepcopy(FACTS["pools"]["g5"]),
        "provisioner": "karpenter",
        "instance_types": ["g5.48xlarge", "g5.12xlarge", "g5.xlarge"],
        "gpus_per_node": 8,
        "limit_gpus": 8,
    }
    found = planner.propose(QWEN, 8192, 1, "dev", facts(elastic=karpenter))
    machines = {choice.tensor_parallel: choice.machine for choice in found.choices if choice.pool == "elastic"}
    assert machines
    assert all(machine == ("g5.xlarge" if gpus == 1 else "g5.12xlarge") for gpus, machine in machines.items())
