"""What a service occupies of its pool's nodes, and what it adds."""

from planner.cost.billable import BillablePool, BillableService, BillableStack
from planner.cost.items import ServiceCost
from planner.cost.nodes import gpu_prices
from planner.cost.prices import PriceTable, Rate
from planner.cost.tokens import TokenCost, token_cost
from planner.instances import Gpu, instance_type


def service_cost(shape: BillableStack, service: BillableService, prices: PriceTable, busy: float) -> ServiceCost:
    """The service's GPUs as a share of their nodes, its load balancer, and dollars for a million output tokens.

    The share is what the preferred instance type costs, divided by its GPUs.
    """
    balancer = prices.rates.get(Rate.LOAD_BALANCER)
    pool = shape.pool(service.pool)
    machine = instance_type(pool.instance_types[0]) if pool else None
    price = gpu_prices(pool, prices) if pool else None
    gpus = service.replicas * service.gpus
    tokens, note = None, _unknown(service, pool)
    if price and machine and machine.gpu:
        tokens = _tokens(service, machine.gpu, price.on_demand * service.gpus, busy)
        note = "" if tokens else f"speed of the {machine.gpu.name} unknown, so no dollars a million tokens"
    return ServiceCost(
        name=service.name,
        gpus=gpus,
        gpu_usd_per_hour=price.on_demand * gpus if price else None,
        spot_gpu_usd_per_hour=price.spot * gpus if price and price.spot is not None else None,
        load_balancer_usd_per_hour=balancer.usd if balancer else None,
        tokens=tokens,
        note=note,
    )


def _unknown(service: BillableService, pool: BillablePool | None) -> str:
    """Why the price of its GPUs is not known."""
    if pool is None:
        return f"pool {service.pool} is not known, so neither is the price of its GPUs"
    name = pool.instance_types[0]
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
