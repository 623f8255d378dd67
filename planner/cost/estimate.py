"""From the shape of a stack and a table of prices to lines, each with its basis and the date of its price."""

from collections.abc import Iterator
from datetime import date

from planner.catalog.eks_versions import KubernetesVersion, Support, kubernetes_versions
from planner.cost.billable import BillableStack
from planner.cost.fixed import fixed
from planner.cost.items import Estimate, Item
from planner.cost.monitoring import monitoring_items, monitoring_not_counted
from planner.cost.nodes import disk_item, node_item
from planner.cost.prices import UNITS, PriceTable, Rate
from planner.cost.services import service_cost


def estimate(shape: BillableStack, prices: PriceTable, *, today: date | None = None, busy: float = 1.0) -> Estimate:
    """What a stack costs.

    Args:
        shape: the stack.
        prices: what things cost.
        today: the day whose support of the Kubernetes version counts; None: take standard support.
        busy: share of the time the services are assumed to decode, for dollars a million tokens.
    """
    items = tuple(_items(shape, prices, today))
    return Estimate(
        stack=shape.stack,
        region=shape.region,
        items=items,
        services=tuple(service_cost(shape, service, prices, busy) for service in shape.services),
        not_counted=tuple(_not_counted(shape, prices)),
        notes=tuple(_notes(shape, prices, items, today)),
    )


def _items(shape: BillableStack, prices: PriceTable, today: date | None) -> Iterator[Item]:
    if shape.kubernetes:
        yield _control_plane(shape, shape.kubernetes, prices, today)
    for pool in shape.pools:
        yield node_item(pool, prices)
        yield disk_item(pool, prices)
    gateways = shape.nat_gateways
    if gateways:
        yield fixed("network.nat", "NAT gateways", Rate.NAT_GATEWAY, gateways, f"{gateways}, without data", prices)
    facing = sum(service.load_balancer and service.internet_facing for service in shape.services)
    facing += shape.gateway is not None and shape.gateway.internet_facing
    addresses = gateways + shape.zones * facing
    if addresses:
        basis = f"{addresses}, of NAT gateways and load balancers that face the internet"
        yield fixed("network.public_ipv4", "Public IPv4 addresses", Rate.PUBLIC_IPV4, addresses, basis, prices)
    if shape.endpoint_interfaces:
        basis = f"{shape.endpoint_interfaces}, counted in each zone, without data"
        yield fixed("network.endpoints", "Interface endpoints", Rate.ENDPOINT, shape.endpoint_interfaces, basis, prices)
    if shape.monitoring:
        yield from monitoring_items(shape.monitoring, shape.pools, prices)
    if shape.gateway:
        what = "Application load balancer of the gateway"
        yield fixed("gateway.load_balancer", what, Rate.LOAD_BALANCER, 1, "1, without LCUs", prices)
    for service in shape.services:
        if service.load_balancer:
            key, what = f"services.{service.name}.load_balancer", f"Network load balancer of {service.name}"
            yield fixed(key, what, Rate.LOAD_BALANCER, 1, "1, without NLCUs", prices)
        if service.volume_gib:
            key, what = f"services.{service.name}.volumes", f"Volumes of {service.name}"
            basis = f"{service.replicas} x gp3 of {service.volume_gib} GiB"
            yield fixed(key, what, Rate.GP3, service.replicas * service.volume_gib, basis, prices)
    yield from _storage(shape, prices)


def _control_plane(shape: BillableStack, version: str, prices: PriceTable, today: date | None) -> Item:
    """The cluster itself; in extended support it costs six times as much."""
    known = kubernetes_versions().get(version)
    extended = shape.extended_support and known and today and known.support(today) is Support.EXTENDED
    rate = Rate.EKS_EXTENDED if extended else Rate.EKS_CLUSTER
    basis = f"Kubernetes {version}, extended support" if extended else f"Kubernetes {version}"
    return fixed("cluster", "EKS control plane", rate, 1, basis, prices)


def _storage(shape: BillableStack, prices: PriceTable) -> Iterator[Item]:
    stored = _stored_gib(shape)
    if stored:
        basis = f"{round(stored, 1):g} GiB of weights the services read from it; nothing else in the bucket"
        yield fixed("bucket", "S3 storage of weights", Rate.S3, stored, basis, prices)
    if shape.fsx_gib:
        yield fixed("fsx", "FSx for Lustre", Rate.FSX, shape.fsx_gib, f"{shape.fsx_gib} GiB", prices)
    if shape.kms_keys:
        yield fixed("kms", "KMS keys", Rate.KMS_KEY, shape.kms_keys, f"{shape.kms_keys}, without requests", prices)
    usage = shape.usage
    if usage.nat_gib_per_month:
        basis = f"{usage.nat_gib_per_month:g} GiB a month, as asked"
        yield fixed("network.nat_data", "NAT data", Rate.NAT_DATA, usage.nat_gib_per_month, basis, prices)
    if usage.log_gib_per_month:
        basis = f"{usage.log_gib_per_month:g} GiB a month, as asked, ingestion only"
        yield fixed("logs", "CloudWatch logs", Rate.LOGS, usage.log_gib_per_month, basis, prices)


def _stored_gib(shape: BillableStack) -> float:
    """Weights in the bucket; two services that read one prefix share it. A team's lie in its platform's bucket too."""
    sizes: dict[str, float] = {}
    for service in shape.services:
        if service.bucket_prefix is not None:
            sizes[service.bucket_prefix] = max(service.weights_gib, sizes.get(service.bucket_prefix, 0))
    return sum(sizes.values())


def _elsewhere(shape: BillableStack, prices: PriceTable, items: tuple[Item, ...]) -> Iterator[str]:
    """Where the prices hold, if it is not where the stack stands."""
    used = [price for item in items for price in item.prices]
    for service in shape.services:
        name = shape.type_of(service)
        used += [prices.nodes[name]] if name and name in prices.nodes else []
    for region in sorted({price.region for price in used if price.region not in {None, shape.region}} - {None}):
        if shape.region is None:
            yield f"{region} prices: the stack's region is not known"
        else:
            yield f"{region} prices: the stack is in {shape.region}, whose own may differ by a quarter"


def _not_counted(shape: BillableStack, prices: PriceTable) -> Iterator[str]:
    def at(rate: Rate) -> str:
        price = prices.rates.get(rate)
        return f" ({price.usd:g} {UNITS[rate]})" if price else ""

    if shape.nat_gateways and not shape.usage.nat_gib_per_month:
        yield f"data through NAT gateways{at(Rate.NAT_DATA)}: images and weights from the Hub"
    if shape.kubernetes and not shape.usage.log_gib_per_month:
        yield f"flow logs and control-plane logs in CloudWatch{at(Rate.LOGS)}, and their storage"
    if shape.endpoint_interfaces:
        yield "data through interface endpoints"
    if shape.image_cache:
        # Amazon ECR price page, data storage of private repositories.
        yield "cached images in Amazon ECR (0.1 a GB and month), each version that was pulled until it is deleted"
    if any(pool.limit for pool in shape.pools):
        yield "Karpenter's interruption queue: cents a month of SQS requests, and AWS's own events cost nothing"
    if any(service.load_balancer for service in shape.services):
        yield "load balancer capacity units (NLCUs), by traffic"
    if shape.gateway:
        yield (
            "the gateway's load balancer capacity units (LCUs, 0.008 each hour) and its table in DynamoDB (on demand, 0.625 for a "
            "million writes and 0.125 for a million reads; usage is written in batches, keys are read every few seconds)"
        )
    if shape.gateway and shape.gateway.response_logs:
        # Amazon Data Firehose price page, Direct PUT in us-east-1, the first 500 TB a month, read in 2026-11.
        yield "response logs through Amazon Data Firehose (0.029 a GB, of which each response counts 5 KB at least), and their storage"
    if shape.monitoring:
        yield from monitoring_not_counted(shape.monitoring)
    yield "data between zones and to the internet"
    if shape.kubernetes:
        yield "requests to S3 and KMS; objects in the bucket that no service of this stack reads"
        yield "taxes, support plans, savings plans and private prices"


def _notes(shape: BillableStack, prices: PriceTable, items: tuple[Item, ...], today: date | None) -> Iterator[str]:
    yield from _elsewhere(shape, prices, items)
    used = (*shape.pools, *(shape.pool(service.pool) for service in shape.services))
    if any(pool.spot for pool in used if pool):
        yield f"spot is taken at {prices.spot_discount:.0%} below on demand: {prices.spot_basis}"
    if shape.platform:
        yield (
            f"nodes, network and cluster are on the bill of platform stack {shape.platform}; "
            "the GPUs the services occupy are shown as their share of it"
        )
    version = kubernetes_versions().get(shape.kubernetes or "")
    if version and today and version.support(today) is not Support.STANDARD and today >= version.released:
        yield _support_note(shape, version, prices)


def _support_note(shape: BillableStack, version: KubernetesVersion, prices: PriceTable) -> str:
    left = f"Kubernetes {version.name} left EKS's standard support on {version.standard_until}"
    if shape.extended_support:
        return f"{left}: it costs more until extended support ends on {version.extended_until}; then EKS upgrades it"
    extended = prices.rates.get(Rate.EKS_EXTENDED)
    price = f" at {extended.usd:g} an hour" if extended else ""
    return f"{left}: under support_type STANDARD EKS upgrades the cluster by itself; under EXTENDED it is billed{price}"
