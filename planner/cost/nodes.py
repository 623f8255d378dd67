"""The lines of a pool: its nodes and their disks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.catalog.instances import instance_type
from planner.cost.billable import GP3_BASELINE_IOPS, GP3_BASELINE_THROUGHPUT, BillablePool, Disk, NodeLimit
from planner.cost.items import HOURS_A_MONTH, Amounts, Item
from planner.cost.prices import Price, PriceTable, Rate


@dataclass(frozen=True, kw_only=True)
class GpuPrice:
    """What one GPU of a pool costs an hour, as its part of the node."""

    on_demand: float
    """US dollars, at list price."""
    spot: float | None
    """US dollars at the assumed spot price; None where the pool is on demand."""


def node_item(pool: BillablePool, prices: PriceTable) -> Item:
    """The nodes.

    Of a node group: the cheapest type at the smallest size, the preferred one as deployed, the most expensive at the
    largest. Of Karpenter: none at the smallest, those that services need as deployed, at the largest the limit filled with
    the most expensive type and one more node of any.
    """
    key, what = f"pools.{pool.name}.nodes", f"Nodes of pool {pool.name}"
    found, unknown = _found(pool.instance_types, prices)
    if unknown:
        basis = f"price of {', '.join(unknown)} unknown"
        return Item(key=key, what=what, amounts=None, basis=basis, prices=())
    usd = {name: price.usd for name, price in zip(pool.instance_types, found, strict=True)}
    amounts = _karpenter(pool, pool.limit, usd) if pool.limit else _node_group(pool, usd)
    each = ", ".join(f"{name} {one:g}" for name, one in usd.items())
    return Item(
        key=key,
        what=what,
        amounts=amounts,
        spot=amounts * (1 - prices.spot_discount) if pool.spot else None,
        basis=f"{_sizes(pool)}{': ' if pool.limit else ' x '}{each} an hour on demand{', running on spot' if pool.spot else ''}",
        prices=tuple(found),
    )


def _node_group(pool: BillablePool, usd: Mapping[str, float]) -> Amounts:
    return Amounts(
        minimum=pool.minimum * min(usd.values()),
        deployed=pool.deployed * usd[pool.instance_types[0]],
        maximum=pool.maximum * max(usd.values()),
    )


def _karpenter(pool: BillablePool, limit: NodeLimit, usd: Mapping[str, float]) -> Amounts:
    highest = max(price / limit.size(instance_type(name)) for name, price in usd.items())
    return Amounts(
        minimum=0,
        deployed=sum(usd[name] for name in pool.needed),
        maximum=limit.amount * highest + max(usd.values()),
    )


def disk_item(pool: BillablePool, prices: PriceTable) -> Item:
    """Their root volumes: size, and what is provisioned above gp3's baseline."""
    key, what = f"pools.{pool.name}.disks", f"Disks of pool {pool.name}"
    wanted = _disk_rates(pool.disk)
    unknown = [rate for rate in wanted if rate not in prices.rates]
    if unknown:
        basis = f"price of {', '.join(unknown)} unknown"
        return Item(key=key, what=what, amounts=None, basis=basis, prices=())
    monthly = sum(quantity * prices.rates[rate].usd for rate, quantity in wanted.items())
    sizes = Amounts(minimum=pool.minimum, deployed=pool.deployed, maximum=pool.maximum)
    disk = pool.disk
    return Item(
        key=key,
        what=what,
        amounts=sizes * (monthly / HOURS_A_MONTH),
        basis=(
            f"{_counts(pool)} x gp3 of {disk.gib} GiB, {disk.throughput} MiB/s, {disk.iops} IOPS: {monthly:g} a month"
        ),
        prices=tuple(prices.rates[rate] for rate in wanted),
    )


def gpu_prices(pool: BillablePool, prices: PriceTable, name: str) -> GpuPrice | None:
    """What one GPU of a pool's type ``name`` costs an hour; None if its price is not known or it has no GPU."""
    price, gpus = prices.nodes.get(name), instance_type(name).gpus
    if price is None or not gpus:
        return None
    each = price.usd / gpus
    return GpuPrice(on_demand=each, spot=each * (1 - prices.spot_discount) if pool.spot else None)


def _found(names: Sequence[str], prices: PriceTable) -> tuple[list[Price], list[str]]:
    known = [prices.nodes[name] for name in names if name in prices.nodes]
    return known, [name for name in names if name not in prices.nodes]


def _disk_rates(disk: Disk) -> dict[Rate, float]:
    """Each price a volume has to do with, and how much of it."""
    above = {
        Rate.GP3: disk.gib,
        Rate.GP3_IOPS: max(0, disk.iops - GP3_BASELINE_IOPS),
        Rate.GP3_THROUGHPUT: max(0, disk.throughput - GP3_BASELINE_THROUGHPUT),
    }
    return {rate: quantity for rate, quantity in above.items() if quantity}


def _sizes(pool: BillablePool) -> str:
    """The nodes in words; of Karpenter with the limit and the types that services need."""
    if not pool.limit:
        return _counts(pool)
    counted = ", ".join(f"{count} x {name}" for name, count in Counter(pool.needed).items())
    return f"none to {pool.limit.amount} {pool.limit.unit} and one node over it ({counted or 'none'} needed)"


def _counts(pool: BillablePool) -> str:
    if pool.minimum == pool.maximum:
        return str(pool.maximum)
    return f"{pool.minimum} to {pool.maximum} ({pool.deployed} deployed)"
