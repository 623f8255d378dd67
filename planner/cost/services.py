"""What a service occupies of its pool's nodes, and what it adds."""

from dataclasses import replace

from planner.catalog.instances import Gpu, instance_type
from planner.cost.billable import BillablePool, BillableService, BillableStack
from planner.cost.items import HOURS_A_MONTH, ServiceCost
from planner.cost.nodes import gpu_prices
from planner.cost.prices import PriceTable, Rate
from planner.cost.tokens import TokenCost, token_cost


def service_cost(shape: BillableStack, service: BillableService, prices: PriceTable, busy: float) -> ServiceCost:
    """What a service costs: with its most replicas, and the share of the fewest where an autoscaler decides."""
    found = _service_cost(shape, service, prices, busy)
    least = service.least_replicas
    return found if least is None else replace(found, least_share=least / service.replicas)


def _service_cost(shape: BillableStack, service: BillableService, prices: PriceTable, busy: float) -> ServiceCost:
    """The service's GPUs as a share of their nodes, its load balancer, and dollars for a million output tokens.

    The share is what its instance type costs, divided by that type's GPUs.
    """
    balancer = _balancer(service, prices)
    pool = shape.pool(service.pool)
    name = shape.type_of(service)
    if service.vcpus:
        return _cpu_service(service, pool, name, prices, balancer)
    machine = instance_type(name) if name else None
    price = gpu_prices(pool, prices, name) if pool and name else None
    gpus = service.replicas * service.gpus
    tokens, note = None, _unknown(service, name)
    if price and machine and machine.gpu:
        tokens = _tokens(service, machine.gpu, price.on_demand * service.gpus, busy)
        note = "" if tokens else f"speed of the {machine.gpu.name} unknown, so no dollars a million tokens"
    return ServiceCost(
        name=service.name,
        gpus=gpus,
        gpu_usd_per_hour=price.on_demand * gpus if price else None,
        spot_gpu_usd_per_hour=price.spot * gpus if price and price.spot is not None else None,
        load_balancer_usd_per_hour=balancer,
        tokens=tokens,
        note=note,
    )


def _balancer(service: BillableService, prices: PriceTable) -> float | None:
    """US dollars an hour of its load balancer; None where the price is not known."""
    if not service.load_balancer:
        return 0
    price = prices.rates.get(Rate.LOAD_BALANCER)
    return price.usd if price else None


def _cpu_service(
    service: BillableService, pool: BillablePool | None, name: str | None, prices: PriceTable, balancer: float | None
) -> ServiceCost:
    """A service without GPUs: the vCPUs it requests as a share of those of its type."""
    price, vcpus = prices.nodes.get(name or ""), service.vcpus * service.replicas
    share = price.usd * vcpus / instance_type(name).vcpus if price and name else None
    gp3 = prices.rates.get(Rate.GP3)
    return ServiceCost(
        name=service.name,
        gpus=0,
        gpu_usd_per_hour=None,
        spot_gpu_usd_per_hour=None,
        load_balancer_usd_per_hour=balancer,
        tokens=None,
        note="" if price else f"price of {name or f'pool {service.pool}'} unknown",
        vcpus=vcpus,
        cpu_usd_per_hour=share,
        spot_cpu_usd_per_hour=share * (1 - prices.spot_discount) if share is not None and pool and pool.spot else None,
        volumes_usd_per_hour=service.volume_gib * service.replicas * gp3.usd / HOURS_A_MONTH if gp3 else 0,
    )


def _unknown(service: BillableService, name: str | None) -> str:
    """Why the price of its GPUs is not known."""
    if name is None:
        return f"pool {service.pool} is not known, so neither is the price of its GPUs"
    return f"price of {name} unknown" if instance_type(name).gpus else f"{name} has no GPU"


def _tokens(service: BillableService, gpu: Gpu, usd_per_hour: float, busy: float) -> TokenCost | None:
    return token_cost(
        gpu=gpu,
        gpus=service.gpus,
        usd_per_hour=usd_per_hour,
        weights_gib=service.weights_gib,
        weight_bits=service.weight_bits,
        active_share=service.active_share,
        max_num_seqs=service.max_num_seqs,
        busy=busy,
    )
