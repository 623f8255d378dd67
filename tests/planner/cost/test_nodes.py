"""The lines of a pool of Karpenter; those of node groups are among the known sums of a stack."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.instances import instance_type
from planner.cost import BillablePool, Disk, Item, NodeLimit, estimate, list_prices
from tests.planner.cost.shapes import PRICED, SERVICE, stack

PRICES = list_prices()
G5 = BillablePool(
    name="g5",
    instance_types=("g5.2xlarge", "g5.xlarge", "g5.12xlarge"),
    spot=True,
    minimum=0,
    deployed=2,
    maximum=5,
    disk=Disk(gib=200),
    limit=NodeLimit(amount=4, unit="GPUs"),
    needed=("g5.xlarge", "g5.12xlarge"),
)


def line(pool: BillablePool, of: str = "nodes") -> Item:
    """One of its lines."""
    return {item.key: item for item in estimate(stack(pools=(pool,)), PRICES).items}[f"pools.{pool.name}.{of}"]


def test_from_no_node_to_the_limit_and_one_largest_over_it() -> None:
    found = line(G5)
    assert found.amounts
    assert found.amounts.minimum == 0
    assert found.amounts.deployed == pytest.approx(1.006 + 5.672)
    assert found.amounts.maximum == pytest.approx(4 * 5.672 / 4 + 5.672)
    assert found.basis.startswith(
        "none to 4 GPUs and one node over it (1 x g5.xlarge, 1 x g5.12xlarge needed): g5.2xlarge 1.212"
    )
    assert found.spot
    assert found.spot.maximum == pytest.approx(found.amounts.maximum * (1 - PRICES.spot_discount))


def test_a_limit_of_vcpus_counts_the_most_expensive_vcpu() -> None:
    pool = replace(
        G5, instance_types=("c6i.xlarge", "m6i.xlarge"), limit=NodeLimit(amount=32, unit="vCPUs"), deployed=0, needed=()
    )
    found = line(pool).amounts
    assert found
    assert (found.minimum, found.deployed) == (0, 0)
    assert found.maximum == pytest.approx(8 * 0.192 + 0.192)


def test_disks_follow_the_nodes() -> None:
    found = line(G5, "disks").amounts
    assert found
    assert found.minimum == 0
    assert found.maximum == pytest.approx(found.deployed / 2 * 5)


def test_the_needed_types_are_as_many_as_the_nodes() -> None:
    with pytest.raises(ValueError, match="2 nodes deployed, and types of 1"):
        replace(G5, needed=("g5.xlarge",))


def test_a_service_s_share_is_that_of_the_type_it_is_expected_on() -> None:
    service = replace(SERVICE, instance_type="g5.xlarge")
    (share,) = estimate(stack(pools=(G5,), services=(service,)), PRICES).services
    assert share.gpu_usd_per_hour == pytest.approx(1.006)
    (first,) = estimate(stack(pools=(G5,), services=(SERVICE,)), PRICES).services
    assert first.gpu_usd_per_hour == pytest.approx(1.212)


def test_the_queue_is_named_where_karpenter_runs() -> None:
    assert any("interruption queue" in one for one in estimate(stack(pools=(G5,)), PRICES).not_counted)
    assert not any("interruption queue" in one for one in estimate(stack(), PRICES).not_counted)


@given(
    types=st.lists(st.sampled_from([name for name in PRICED if instance_type(name).gpus]), min_size=1, max_size=4),
    limit=st.integers(1, 64),
    picks=st.lists(st.integers(0, 3), max_size=64),
)
def test_no_choice_of_nodes_within_the_limit_costs_more(types: list[str], limit: int, picks: list[int]) -> None:
    pool = replace(G5, instance_types=tuple(dict.fromkeys(types)), limit=NodeLimit(amount=limit, unit="GPUs"))
    pool = replace(pool, deployed=0, needed=())
    names, taken, spent = pool.instance_types, 0, 0.0
    for pick in picks:
        machine = instance_type(names[pick % len(names)])
        if taken + machine.gpus <= limit:
            taken, spent = taken + machine.gpus, spent + PRICES.nodes[machine.name].usd
    most = line(pool).amounts
    assert most
    assert spent + max(PRICES.nodes[name].usd for name in names) <= most.maximum + 1e-9
