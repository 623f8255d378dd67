"""The guardrail's budget and the settings' budget compute with the same prices."""

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from guardrails.rules import cost_budget
from planner.cost import BillablePool, BillableStack, Disk, estimate
from settings.derived.billable import stack_prices
from settings.models.budget import BudgetSettings
from settings.validation.budget import most
from tests.policies.judging import Given, U, case, judge

OWN = {"g5.2xlarge": 5.0, "p5e.48xlarge": 41.5}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    before = dict(pulumi.runtime.config.CONFIG.get())

    def give(value: Any, key: str = "llm-platform:budget") -> None:
        pulumi.runtime.set_all_config({key: value if isinstance(value, str) else json.dumps(value)})

    yield give
    pulumi.runtime.set_all_config(before)


def nodes(type_: str, most_: float = 2.0) -> Given:
    props = {"instanceTypes": [type_], "scalingConfig": {"maxSize": most_}}
    return Given("aws:eks/nodeGroup:NodeGroup", props, "pool")


def verdict(given: Given, usd: float, **config: Any) -> Any:
    return judge("cost-budget", case("budget", given, usd_per_month=usd, **config))


@pytest.mark.parametrize(("type_", "usd"), list(OWN.items()))
def test_both_budgets_say_the_same(settings: Any, type_: str, usd: float) -> None:
    own = BudgetSettings(usd_per_month=1, instance_usd_per_hour=OWN)
    settings(own.model_dump())
    pool = BillablePool(
        name="pool", instance_types=(type_,), spot=False, minimum=2, deployed=2, maximum=2, disk=Disk(gib=0)
    )
    shape = BillableStack(
        stack="", region=None, zones=0, kubernetes=None, nat_gateways=0, endpoint_interfaces=0, pools=(pool,)
    )
    spent = most(estimate(shape, stack_prices(own)))
    assert spent == pytest.approx(2 * usd * 730)
    assert verdict(nodes(type_), spent + 1) == judge("cost-budget", case("none"))
    (found,) = verdict(nodes(type_), spent - 1).findings
    assert f"may cost {spent:,.0f} US dollars" in found
    assert "own prices" in found


def test_without_own_prices_the_list_prices_hold(settings: Any) -> None:
    settings({"usd_per_month": 3000})
    assert not verdict(nodes("g5.2xlarge"), 1800).findings
    assert verdict(nodes("p5e.48xlarge"), 1800).advisories


def test_own_prices_of_another_namespace_do_not_count(settings: Any) -> None:
    settings({"instance_usd_per_hour": {"g5.2xlarge": 0.01}}, "other:budget")
    assert verdict(nodes("g5.2xlarge"), 1700).findings


def test_they_may_be_left_out(settings: Any) -> None:
    settings({"instance_usd_per_hour": {"g5.2xlarge": 0.01}})
    assert not verdict(nodes("g5.2xlarge"), 1700).findings
    assert verdict(nodes("g5.2xlarge"), 1700, own_prices=False).findings


@pytest.mark.parametrize("price", [-1, "free", True, None, float("nan"), [1], {}])
def test_what_is_no_price_counts_for_nothing(settings: Any, price: Any) -> None:
    settings({"instance_usd_per_hour": {"g5.2xlarge": price}})
    assert verdict(nodes("g5.2xlarge"), 1700).findings


@pytest.mark.parametrize("value", ["[]", "3", '{"instance_usd_per_hour": 3}', "null"])
def test_settings_of_another_shape_are_no_prices(settings: Any, value: str) -> None:
    settings(value)
    assert verdict(nodes("g5.2xlarge"), 1700).findings


def test_settings_that_cannot_be_read_are_said_and_the_rest_is_judged(settings: Any) -> None:
    settings("{")
    found = verdict(nodes("g5.2xlarge"), 1700)
    assert found.findings
    assert "llm-platform:budget of the stack cannot be read" in found.advisories[0]
    assert verdict(nodes(U), 1700).advisories


def test_the_settings_are_those_the_program_reads() -> None:
    from settings.models.base import NAMESPACE
    from settings.models.stack import Settings

    assert cost_budget.NAMESPACE == NAMESPACE
    assert cost_budget.SETTING in Settings.model_fields
    assert cost_budget.OWN in BudgetSettings.model_fields
