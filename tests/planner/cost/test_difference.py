"""What a change costs."""

from dataclasses import replace

import pytest
from hypothesis import given

from planner.cost import Amounts, BillableStack, accrued, difference, estimate, list_prices
from tests.planner.cost.shapes import G5, SERVICE, STACK, stack, stacks

PRICES = list_prices()


def test_only_lines_that_differ_are_told_the_dearest_first() -> None:
    after = stack(pools=(STACK.pools[0], replace(G5, deployed=3)), services=(SERVICE, replace(SERVICE, name="more")))
    changes = difference(estimate(STACK, PRICES), estimate(after, PRICES))
    assert [change.key for change in changes] == [
        "pools.g5.nodes",
        "pools.g5.disks",
        "services.more.load_balancer",
    ]
    assert changes[0].amounts.deployed == pytest.approx(2 * 1.212)
    assert changes[2].before is None
    assert changes[2].amounts == Amounts.fixed(0.0225)


def test_what_goes_away_saves() -> None:
    (change, *_) = difference(estimate(STACK, PRICES), estimate(stack(services=()), PRICES))
    assert change.key == "services.small.load_balancer"
    assert change.after is None
    assert change.amounts.deployed == -0.0225
    assert change.known


def test_a_price_nobody_knows_makes_a_change_that_cannot_be_told() -> None:
    unknown = replace(G5, name="big", instance_types=("p5e.48xlarge",))
    changes = difference(estimate(STACK, PRICES), estimate(stack(pools=(*STACK.pools, unknown)), PRICES))
    (change,) = [change for change in changes if change.key == "pools.big.nodes"]
    assert (change.known, change.kind) == (False, "added")
    known = replace(unknown, instance_types=("p5.48xlarge",))
    pair = [estimate(stack(pools=(pool,)), PRICES) for pool in (unknown, known)]
    (change,) = [change for change in difference(*pair) if change.key == "pools.big.nodes"]
    assert (change.known, change.kind, change.as_dict()["usd_per_hour"]) == (False, "changed", None)


@given(stacks(), stacks())
def test_the_changes_add_up_to_the_difference_of_the_sums(before: BillableStack, after: BillableStack) -> None:
    first, second = estimate(before, PRICES), estimate(after, PRICES)
    added = sum(change.amounts.maximum for change in difference(first, second))
    assert added == pytest.approx(second.total.maximum - first.total.maximum, abs=1e-6)
    assert difference(first, first) == ()


def test_what_ran_up() -> None:
    assert accrued(1.5, 4) == 6
    with pytest.raises(ValueError, match="a time is not negative"):
        accrued(1, -1)
