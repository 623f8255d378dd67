"""What a stack costs: known sums, what is named instead of counted, and what holds for every stack."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.cost import (
    HOURS_A_MONTH,
    Amounts,
    BillableGateway,
    BillablePool,
    BillableStack,
    Disk,
    Rate,
    Usage,
    estimate,
    list_prices,
)
from planner.cost.text import service_lines
from tests.planner.cost.shapes import G5, SERVICE, STACK, pools, stack, stacks

PRICES = list_prices()


def items(shape: BillableStack) -> dict[str, Amounts | None]:
    return {item.key: item.amounts for item in estimate(shape, PRICES).items}


def one(shape: BillableStack, key: str) -> Amounts:
    found = items(shape)[key]
    assert found is not None
    return found


def test_each_line_is_quantity_times_price() -> None:
    found = items(STACK)
    assert found["cluster"] == Amounts.fixed(0.1)
    assert found["pools.system.nodes"] == Amounts(minimum=2 * 0.192, deployed=2 * 0.192, maximum=4 * 0.192)
    assert found["pools.g5.nodes"] == Amounts(minimum=0, deployed=1.212, maximum=3 * 1.212)
    assert found["network.nat"] == Amounts.fixed(0.045)
    assert found["network.public_ipv4"] == Amounts.fixed(0.005)
    assert found["network.endpoints"] == Amounts.fixed(8 * 0.01)
    assert found["services.small.load_balancer"] == Amounts.fixed(0.0225)
    assert found["kms"] == Amounts.fixed(2 / HOURS_A_MONTH)
    assert len(found) == 10


def test_a_disk_pays_for_what_is_above_the_baseline() -> None:
    def disk(**changes: int) -> float:
        pool = replace(G5, minimum=1, deployed=1, maximum=1, disk=Disk(**{"gib": 100, **changes}))
        return one(stack(pools=(pool,)), "pools.g5.disks").deployed * HOURS_A_MONTH

    assert disk() == pytest.approx(100 * 0.08)
    assert disk(throughput=600) == pytest.approx(100 * 0.08 + 475 * 0.04)
    assert disk(iops=4000) == pytest.approx(100 * 0.08 + 1000 * 0.005)
    assert disk(iops=100, throughput=100) == pytest.approx(100 * 0.08)


def test_what_traffic_costs_is_named_where_one_service_or_the_network_has_it() -> None:
    def named(shape: BillableStack) -> str:
        return " ".join(estimate(shape, PRICES).not_counted)

    behind = replace(SERVICE, name="behind", load_balancer=False)
    assert "NLCU" in named(stack(services=(behind, SERVICE)))
    assert "NLCU" not in named(stack(services=(behind,)))
    assert "data through interface endpoints" in named(STACK)
    assert "interface endpoints" not in named(stack(endpoint_interfaces=0))


def test_an_internet_facing_service_pays_for_an_address_in_each_zone() -> None:
    shape = stack(zones=3, services=(replace(SERVICE, internet_facing=True),))
    assert one(shape, "network.public_ipv4").deployed == pytest.approx((1 + 3) * 0.005)


def test_a_gateway_pays_for_one_load_balancer_and_spares_those_of_the_services_behind_it() -> None:
    behind = replace(SERVICE, load_balancer=False, internet_facing=True)
    shape = stack(zones=3, services=(behind,), gateway=BillableGateway(internet_facing=False))
    found = items(shape)
    assert found["gateway.load_balancer"] == Amounts.fixed(0.0225)
    assert "services.small.load_balancer" not in found
    assert found["network.public_ipv4"] == Amounts.fixed(0.005)
    public = replace(shape, gateway=BillableGateway(internet_facing=True))
    assert one(public, "network.public_ipv4").deployed == pytest.approx((1 + 3) * 0.005)
    cost = estimate(shape, PRICES)
    assert cost.services[0].load_balancer_usd_per_hour == 0
    named = " ".join(cost.not_counted)
    assert "DynamoDB" in named
    assert "NLCU" not in named


def test_weights_in_one_prefix_are_stored_once() -> None:
    first = replace(SERVICE, bucket_prefix="weights/a", weights_gib=100)
    shape = stack(services=(first, replace(first, name="second"), replace(first, name="other", bucket_prefix="w/b")))
    assert one(shape, "bucket").deployed * HOURS_A_MONTH == pytest.approx(200 * 0.023)
    assert "bucket" not in items(STACK)


def test_fsx_and_usage_are_counted_when_there_is_some() -> None:
    found = items(stack(fsx_gib=1200, usage=Usage(nat_gib_per_month=1000, log_gib_per_month=10)))
    monthly = {key: amounts.deployed * HOURS_A_MONTH for key, amounts in found.items() if amounts}
    assert monthly["fsx"] == pytest.approx(1200 * 0.145)
    assert monthly["network.nat_data"] == pytest.approx(45)
    assert monthly["logs"] == pytest.approx(5)


def test_what_is_not_counted_is_named_until_it_is() -> None:
    told = " ".join(estimate(STACK, PRICES).not_counted)
    assert "data through NAT gateways (0.045 a GiB)" in told
    assert "CloudWatch (0.5 a GiB)" in told
    assert "NLCUs" in told
    asked = estimate(stack(usage=Usage(nat_gib_per_month=1, log_gib_per_month=1)), PRICES)
    assert not any("NAT" in line or "CloudWatch" in line for line in asked.not_counted)


def test_of_several_types_the_cheapest_the_first_and_the_dearest_count() -> None:
    pool = replace(G5, instance_types=("g5.2xlarge", "g5.xlarge", "g5.4xlarge"), minimum=1, deployed=1, maximum=1)
    found = one(stack(pools=(pool,)), "pools.g5.nodes")
    assert found == Amounts(minimum=1.006, deployed=1.212, maximum=1.624)


def test_spot_is_given_beside_the_list_price() -> None:
    cost = estimate(STACK, PRICES)
    nodes = next(item for item in cost.items if item.key == "pools.g5.nodes")
    assert nodes.spot == Amounts(minimum=0, deployed=0.606, maximum=3 * 0.606)
    assert cost.total.deployed - cost.expected.deployed == pytest.approx(0.606)
    assert any("50% below on demand: an assumption" in note for note in cost.notes)
    on_demand = estimate(stack(pools=(replace(G5, spot=False),)), PRICES)
    assert on_demand.expected == on_demand.total
    assert not any("spot" in note for note in on_demand.notes)


def test_a_price_nobody_knows_is_a_gap_not_a_zero() -> None:
    pool = replace(G5, instance_types=("p5.48xlarge", "p5e.48xlarge"))
    cost = estimate(stack(pools=(pool,)), PRICES)
    nodes = next(item for item in cost.items if item.key == "pools.g5.nodes")
    assert nodes.amounts is None
    assert cost.gaps == ("pools.g5.nodes: price of p5e.48xlarge unknown",)
    assert cost.as_dict()["items"][1]["usd_per_hour"] is None


def test_a_rate_nobody_knows_is_a_gap_too() -> None:
    rates = {rate: price for rate, price in PRICES.rates.items() if rate not in {Rate.GP3, Rate.NAT_GATEWAY}}
    cost = estimate(STACK, replace(PRICES, rates=rates))
    assert {gap.partition(":")[0] for gap in cost.gaps} == {"pools.system.disks", "pools.g5.disks", "network.nat"}


def test_every_line_says_source_region_and_date() -> None:
    for item in estimate(stack(fsx_gib=1), PRICES).items:
        assert item.prices
        assert "us-east-1" in item.source
        assert "202" in item.source
    assert estimate(STACK, PRICES).dates == "2025-06 to 2026-10-16"
    assert estimate(stack(pools=(), kms_keys=0, nat_gateways=0), PRICES).dates == "2026-07-20"
    assert estimate(BillableStack(stack="x", region=None, zones=0), PRICES).dates == ""


def test_prices_of_another_region_are_said_to_be() -> None:
    cost = estimate(stack(region="eu-west-1"), PRICES)
    assert "us-east-1 prices: the stack is in eu-west-1, whose own may differ by a quarter" in cost.notes
    assert len(cost.elsewhere()) == len(cost.items)
    assert estimate(STACK, PRICES).elsewhere() == ()
    unknown = estimate(stack(region=None), PRICES)
    assert "us-east-1 prices: the stack's region is not known" in unknown.notes


@pytest.mark.parametrize(
    ("version", "today", "told"),
    [
        ("1.33", date(2026, 11, 24), True),
        ("1.35", date(2026, 11, 24), False),
        ("1.33", None, False),
        ("1.99", date(2026, 11, 24), False),
    ],
)
def test_a_version_out_of_standard_support_is_told(version: str, today: date | None, *, told: bool) -> None:
    notes = " ".join(estimate(stack(kubernetes=version), PRICES, today=today).notes)
    assert ("left EKS's standard support on 2026-07-29" in notes) == told
    assert ("billed at 0.6 an hour" in notes) == told


def test_a_service_has_its_share_of_the_node_and_its_load_balancer() -> None:
    pool = replace(G5, instance_types=("g5.12xlarge",), spot=False)
    service = replace(SERVICE, replicas=2, gpus=2)
    (cost,) = estimate(stack(pools=(pool,), services=(service,)), PRICES).services
    assert cost.gpus == 4
    assert cost.gpu_usd_per_hour == pytest.approx(5.672)
    assert cost.spot_gpu_usd_per_hour is None
    assert cost.usd_per_hour == pytest.approx(5.672 + 0.0225)


def test_a_team_pays_for_what_it_adds_and_is_shown_its_share() -> None:
    shape = BillableStack(
        stack="team", region="us-east-1", zones=2, platform="dev", platform_pools=(G5,), services=(SERVICE,)
    )
    cost = estimate(shape, PRICES)
    assert cost.total == Amounts.fixed(0.0225)
    assert cost.occupied == pytest.approx(1.212)
    assert any("on the bill of platform stack dev" in note for note in cost.notes)


@pytest.mark.parametrize(
    ("pool", "note"),
    [
        (None, "pool g5 is not known"),
        (replace(G5, instance_types=("p5e.48xlarge",)), "price of p5e.48xlarge unknown"),
        (replace(G5, instance_types=("m5.xlarge",)), "m5.xlarge has no GPU"),
    ],
)
def test_a_share_that_is_not_known_says_why(pool: BillablePool | None, note: str) -> None:
    (cost,) = estimate(stack(pools=(pool,) if pool else ()), PRICES).services
    assert cost.gpu_usd_per_hour is None
    assert cost.usd_per_hour is None
    assert note in cost.note


def test_sizes_that_are_not_in_order_are_refused() -> None:
    with pytest.raises(ValueError, match="pool g5: minimum, deployed and maximum are 4, 1, 3"):
        replace(G5, minimum=4)
    with pytest.raises(ValueError, match="pool g5 names no instance type"):
        replace(G5, instance_types=())


def ordered(amounts: Amounts) -> bool:
    return 0 <= amounts.minimum <= amounts.deployed + 1e-9 and amounts.deployed <= amounts.maximum + 1e-9


@given(stacks())
def test_sums_are_those_of_the_lines_and_never_shrink_with_size(shape: BillableStack) -> None:
    cost = estimate(shape, PRICES)
    for size in ("minimum", "deployed", "maximum"):
        added = sum(getattr(item.amounts, size) for item in cost.items if item.amounts)
        assert getattr(cost.total, size) == pytest.approx(added)
    assert ordered(cost.total)
    assert ordered(cost.expected)
    assert cost.expected.maximum <= cost.total.maximum + 1e-9
    assert cost.total.per_month.maximum == pytest.approx(cost.total.maximum * 730)
    assert len({item.key for item in cost.items}) == len(cost.items)


@given(pools(), st.integers(0, 20))
def test_more_nodes_never_cost_less(pool: BillablePool, more: int) -> None:
    larger = replace(pool, maximum=pool.maximum + more, deployed=pool.deployed + min(more, 1))
    before, after = (estimate(stack(pools=(one,), services=()), PRICES).total for one in (pool, larger))
    assert after.maximum >= before.maximum
    assert after.deployed >= before.deployed


@given(stacks(), st.integers(1, 3))
def test_another_service_never_costs_less(shape: BillableStack, replicas: int) -> None:
    service = replace(SERVICE, name="another", replicas=replicas, bucket_prefix="weights/another")
    more = replace(shape, services=(*shape.services, service))
    assert estimate(more, PRICES).total.minimum > estimate(shape, PRICES).total.minimum


@pytest.mark.parametrize(
    ("version", "extended", "today", "usd"),
    [
        ("1.33", True, date(2026, 11, 24), 0.6),
        ("1.33", False, date(2026, 11, 24), 0.1),
        ("1.33", True, date(2026, 7, 29), 0.1),
        ("1.35", True, date(2026, 11, 24), 0.1),
        ("1.33", True, None, 0.1),
    ],
)
def test_extended_support_costs_more_where_it_is_chosen(
    version: str, today: date | None, usd: float, *, extended: bool
) -> None:
    cost = estimate(stack(kubernetes=version, extended_support=extended), PRICES, today=today)
    (line,) = [item for item in cost.items if item.key == "cluster"]
    assert line.amounts is not None
    assert line.amounts.deployed == pytest.approx(usd)
    assert ("extended support" in line.basis) == (usd == 0.6)


def test_a_service_on_cpus_pays_for_its_share_and_its_volumes() -> None:
    pool = replace(G5, name="cpu", instance_types=("c6a.4xlarge", "c6i.4xlarge"), spot=True)
    service = replace(SERVICE, pool="cpu", gpus=0, replicas=2, vcpus=8, volume_gib=60)
    cost = estimate(stack(pools=(pool,), services=(service,)), PRICES)
    volumes = 2 * 60 * 0.08 / HOURS_A_MONTH
    [volume_line] = [item for item in cost.items if item.key == "services.small.volumes"]
    assert volume_line.amounts == Amounts.fixed(volumes)
    (one_service,) = cost.services
    assert one_service.cpu_usd_per_hour == pytest.approx(0.612)  # 2 x 8 of 16 vCPUs
    assert one_service.spot_node_usd_per_hour == pytest.approx(0.306)
    assert one_service.usd_per_hour == pytest.approx(0.612 + 0.0225 + volumes)
    assert cost.occupied == pytest.approx(0.612)
    assert one_service.as_dict()["vcpus"] == 16
    [line] = service_lines(cost)
    assert "its share of the nodes (16 vCPUs) 0.61, on spot perhaps 0.31" in line
    assert "volumes 0.0132" in line
