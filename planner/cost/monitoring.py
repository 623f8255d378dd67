"""The lines of monitoring: what it keeps, its alarms, and estimates of what goes through it."""

from collections.abc import Iterator, Sequence

from planner.cost.billable import BillableMonitoring, BillablePool
from planner.cost.fixed import fixed
from planner.cost.items import HOURS_A_MONTH, Amounts, Item
from planner.cost.prices import UNITS, PriceTable, Rate

LOG_GIB_A_NODE = 1.0
"""GiB a month of logs of a node and its containers: an assumption, 400 bytes a second. Engines that log each request write
more."""
PODS_A_NODE = 15
"""Pods of a node, those of DaemonSets included: an assumption. About ten are the platform's and the add-ons' own."""
OBSERVATIONS_OF_A_POD, OBSERVATIONS_OF_A_NODE = 40, 30
"""Observations a minute: the metrics that CloudWatch lists for a pod with its container, and for a node
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-enhanced-EKS.html), about, one
observation each. A bill may differ: an estimate."""
_SAMPLES_UNIT = 1e7
"""Samples that the price is for. From 2 billion a month on AWS takes less than half of it: a line above that is too high,
never too low."""
_MINUTES_A_MONTH = HOURS_A_MONTH * 60


def monitoring_items(
    monitoring: BillableMonitoring, pools: Sequence[BillablePool], prices: PriceTable
) -> Iterator[Item]:
    """Lines of monitoring.

    Args:
        monitoring: what of it costs money.
        pools: the pools whose nodes it collects logs of.
        prices: what things cost.
    """
    gib = monitoring.volume_gib
    yield fixed("monitoring.volume", "Volume of Prometheus", Rate.GP3, gib, f"gp3 of {gib} GiB", prices)
    count = monitoring.alarms
    yield fixed(
        "monitoring.alarms",
        "CloudWatch alarms",
        Rate.ALARM,
        count,
        f"{count} metrics, ten of an account are free",
        prices,
    )
    if monitoring.dashboards:
        count = monitoring.dashboards
        basis = f"{count}, three of an account are free"
        yield fixed("monitoring.dashboards", "CloudWatch dashboards", Rate.DASHBOARD, count, basis, prices)
    if monitoring.container_logs:
        yield _by_nodes(
            "monitoring.logs",
            "CloudWatch logs of containers and nodes",
            Rate.LOGS,
            LOG_GIB_A_NODE,
            f"{LOG_GIB_A_NODE:g} GiB a month and node",
            pools,
            prices,
        )
        a_minute = PODS_A_NODE * OBSERVATIONS_OF_A_POD + OBSERVATIONS_OF_A_NODE
        yield _by_nodes(
            "monitoring.observations",
            "Metrics of Container Insights",
            Rate.OBSERVATIONS,
            a_minute * _MINUTES_A_MONTH / 1e6,
            f"{a_minute} observations a minute and node with {PODS_A_NODE} pods",
            pools,
            prices,
        )
    if monitoring.samples_per_month:
        yield fixed(
            "monitoring.samples",
            "Amazon Managed Service for Prometheus",
            Rate.SAMPLES,
            monitoring.samples_per_month / _SAMPLES_UNIT,
            f"an estimate: {monitoring.samples_per_month / 1e6:,.0f} million samples a month, {monitoring.samples_basis}",
            prices,
        )


def _by_nodes(
    key: str, what: str, rate: Rate, quantity: float, basis: str, pools: Sequence[BillablePool], prices: PriceTable
) -> Item:
    """An estimate by nodes: so much of each in a month."""
    price = prices.rates.get(rate)
    if price is None:
        return Item(key=key, what=what, amounts=None, basis=f"price of {rate} unknown", prices=())
    each = quantity * price.usd / HOURS_A_MONTH
    sizes = [sum(getattr(pool, size) for pool in pools) for size in ("minimum", "deployed", "maximum")]
    minimum, deployed, maximum = (nodes * each for nodes in sizes)
    return Item(
        key=key,
        what=what,
        amounts=Amounts(minimum=minimum, deployed=deployed, maximum=maximum),
        basis=f"an estimate: {basis}, of {sizes[0]}, {sizes[1]} and {sizes[2]} nodes; {price.usd:g} {UNITS[rate]}",
        prices=(price,),
    )


def monitoring_not_counted(monitoring: BillableMonitoring) -> Iterator[str]:
    """What of monitoring costs money by how much goes through it, and is not estimated."""
    if monitoring.container_logs:
        yield "the storage of CloudWatch logs (0.03 a GB and month)"
    if monitoring.samples_per_month:
        yield "storage and queries of Amazon Managed Service for Prometheus (0.03 a GB and month, 0.10 for a billion samples read)"
    yield "messages of SNS and runs of the Lambda function: cents a month"
