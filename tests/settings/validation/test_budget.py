"""The budget: judged at the stack's largest, before any resource."""

from datetime import date
from typing import Any

import pytest

from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.validation.budget import most
from tests.settings.bad_settings import PLATFORM, TEAM
from tests.settings.reading import changed, lines, read, run

OWN: dict[str, Any] = {
    **PLATFORM,
    "pools": {name: PLATFORM["pools"][name] for name in ("system", "g4", "g5", "p3")},
}
BIG = {"kind": "gpu", "instance_types": ["p5e.48xlarge"], "max": 1}


def budget(usd: float, base: dict[str, Any] = OWN, **own: float) -> dict[str, Any]:
    return {**base, "budget": {"usd_per_month": usd, "instance_usd_per_hour": {**own}}}


def test_a_stack_above_its_budget_is_refused_with_sum_largest_items_and_cure() -> None:
    (line,) = lines(run(budget(2000)))
    assert line.startswith("llm-platform:budget.usd_per_month: is 2000, but at its largest the stack costs ")
    assert "Nodes of pool p3 2,234, Nodes of pool g5 1,770, Nodes of pool g4 767.96" in line
    assert "us-east-1 prices of 2025-06 to 2026-10-16" in line
    assert line.endswith("lower max or limits of the pools, take smaller instance types, or raise the budget")


def test_within_its_budget_it_is_taken() -> None:
    assert read(budget(7000)).error is None


def test_the_largest_size_counts_and_spot_at_its_on_demand_price() -> None:
    spot = changed(budget(5500), "pools.p3.capacity", "spot")
    assert "at its largest" in lines(run(spot))[0]
    smaller = changed(changed(spot, "pools.p3.max", 1), "pools.g5.max", 1)
    assert read(changed(smaller, "pools.g4.max", 1)).error is None


def test_own_prices_count() -> None:
    own = budget(5500)
    own["budget"]["instance_usd_per_hour"] = {"p3.2xlarge": 1.0, "g5.2xlarge": 0.8}
    assert read(own).error is None


def test_a_price_nobody_knows_cannot_be_judged() -> None:
    (line,) = lines(run(changed(budget(90000), "pools.big", BIG)))
    assert line == (
        "llm-platform:budget.usd_per_month: cannot be judged: pools.big.nodes: price of p5e.48xlarge unknown: "
        "give it as budget.instance_usd_per_hour, or take another instance type"
    )
    own = changed(budget(90000), "pools.big", BIG)
    own["budget"]["instance_usd_per_hour"] = {"p5e.48xlarge": 50.0}
    assert read(own).error is None


def test_mistakes_in_pools_are_not_also_told_as_a_budget() -> None:
    (line,) = lines(run(changed(budget(1), "pools.g5.max", 0)))
    assert "pools.g5.max" in line


@pytest.mark.parametrize("key", ["network", "region", "services.small.replicas"])
def test_without_what_it_needs_the_budget_is_not_judged(key: str) -> None:
    (line,) = lines(run(changed(budget(1), key, "wrong")))
    assert key in line


def test_a_team_is_judged_by_the_gpus_it_occupies_and_its_load_balancers() -> None:
    (line,) = lines(run(budget(900, TEAM), team=True))
    assert "at its largest the stack costs 901.18 a month (GPUs of small 884.76, " in line
    assert "Network load balancer of small 16.43" in line
    assert read(budget(902, TEAM), team=True).error is None


def test_weights_of_unknown_size_are_one_issue_beside_a_budget() -> None:
    unknown = {**PLATFORM["services"]["small"], "model": "example/unheard-of", "weights": {"source": "hub"}}
    (line,) = lines(run(changed(budget(7000), "services.small", unknown)))
    assert line.startswith("llm-platform:services.small.weights.size_gib: is missing: ")


def test_a_version_out_of_standard_support_costs_its_higher_price() -> None:
    extended = changed(changed(budget(7000), "cluster.version", "1.33"), "cluster.support_type", "EXTENDED")
    most_usd = [
        most(parse(extended, stack="dev", today=day).plan.cost) for day in (date(2026, 1, 1), date(2026, 11, 26))
    ]
    assert most_usd[1] - most_usd[0] == pytest.approx(0.5 * 730)
    extended["budget"]["usd_per_month"] = sum(most_usd) / 2
    parse(extended, stack="dev", today=date(2026, 1, 1))
    with pytest.raises(SettingsError, match="at its largest the stack costs"):
        parse(extended, stack="dev", today=date(2026, 11, 26))
