"""Lines of monitoring: what it keeps, its alarms, and estimates with what they rest on."""

from dataclasses import replace

import pytest

from planner.cost import HOURS_A_MONTH, Amounts, BillableMonitoring, Item, PriceTable, estimate, list_prices
from planner.cost.monitoring import LOG_GIB_A_NODE
from tests.planner.cost.shapes import G5, STACK, SYSTEM

PRICES = list_prices()
SMALL = BillableMonitoring(volume_gib=10, alarms=12, dashboards=1, container_logs=True)


def lines(monitoring: BillableMonitoring, prices: PriceTable = PRICES) -> dict[str, Item]:
    items = estimate(replace(STACK, monitoring=monitoring), prices).items
    return {item.key: item for item in items if item.key.startswith("monitoring.")}


def a_month(monitoring: BillableMonitoring, key: str) -> Amounts:
    amounts = lines(monitoring)[key].amounts
    assert amounts
    return amounts * HOURS_A_MONTH


def test_each_line_is_quantity_times_price() -> None:
    assert a_month(SMALL, "monitoring.volume").deployed == pytest.approx(10 * 0.08)
    assert a_month(SMALL, "monitoring.alarms").deployed == pytest.approx(1.2)
    assert a_month(SMALL, "monitoring.dashboards").deployed == pytest.approx(3)
    assert "monitoring.samples" not in lines(SMALL)


@pytest.mark.parametrize("size", ["minimum", "deployed", "maximum"])
def test_logs_follow_the_nodes(size: str) -> None:
    nodes = getattr(SYSTEM, size) + getattr(G5, size)
    assert getattr(a_month(SMALL, "monitoring.logs"), size) == pytest.approx(nodes * LOG_GIB_A_NODE * 0.5)


@pytest.mark.parametrize("size", ["minimum", "deployed", "maximum"])
def test_metrics_of_container_insights_follow_the_nodes_and_their_pods(size: str) -> None:
    nodes = getattr(SYSTEM, size) + getattr(G5, size)
    a_node = (15 * 40 + 30) * 60 * HOURS_A_MONTH / 1e6
    assert getattr(a_month(SMALL, "monitoring.observations"), size) == pytest.approx(nodes * a_node * 0.21)
    assert 5 < a_node * 0.21 < 6


def test_samples_of_a_workspace_are_an_estimate_with_its_basis() -> None:
    written = replace(SMALL, samples_per_month=3e8, samples_basis="3,000 series of 1 pods of models")
    assert a_month(written, "monitoring.samples").deployed == pytest.approx(30 * 0.9)
    basis = lines(written)["monitoring.samples"].basis
    assert "an estimate: 300 million samples a month, 3,000 series of 1 pods" in basis


def test_without_container_logs_there_is_neither_a_line_nor_a_remark() -> None:
    quiet = replace(SMALL, container_logs=False)
    assert {"monitoring.logs", "monitoring.observations"}.isdisjoint(lines(quiet))

    def remarks(monitoring: BillableMonitoring) -> list[str]:
        found = estimate(replace(STACK, monitoring=monitoring), PRICES).not_counted
        return [one for one in found if "CloudWatch logs" in one]

    assert not remarks(quiet)
    assert remarks(SMALL)


def test_a_price_that_is_unknown_leaves_its_line_open() -> None:
    found = lines(SMALL, replace(PRICES, rates={}))
    assert len(found) == 5
    assert all(one.amounts is None and "unknown" in one.basis for one in found.values())
