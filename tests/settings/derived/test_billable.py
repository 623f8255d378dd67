"""Prices of GPUs by pool."""

from planner.cost import BillablePool, BillableStack, Disk, list_prices
from settings.derived.billable import gpu_usd_per_hour


def pool(name: str, *types: str) -> BillablePool:
    disk = Disk(gib=100)
    return BillablePool(name=name, instance_types=types, spot=True, minimum=0, deployed=0, maximum=1, disk=disk)


def test_a_gpu_costs_its_part_of_the_node_on_demand() -> None:
    prices = list_prices()
    pools = (pool("system", "m5.xlarge"), pool("g5x4", "g5.12xlarge", "g5.xlarge"))
    found = gpu_usd_per_hour(BillableStack(stack="dev", region="us-east-1", zones=2, pools=pools), prices)
    assert found == {"g5x4": prices.nodes["g5.12xlarge"].usd / 4}
