"""What a benchmark's record holds of a service beside its figures: image, GPU, replicas, settings, price."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.catalog.instances import instance_type
from planner.cost import BillableStack, PriceTable
from planner.cost.services import service_cost
from settings.models.services.base import ServiceSettings

_ELSEWHERE = {"image", "replicas"}
"""Settings that a record has as facts of their own."""
_OF_NO_EFFECT = {"alerts", "endpoint", "monitoring_namespace", "price", "startup_seconds"}
"""Settings that do not change how the engine answers."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkFacts:
    """What is known of a service before it is measured."""

    subject: Mapping[str, Any]
    """image, gpu, gpus (of a replica), instance_type, replicas, settings; None where one is unknown."""
    usd_per_hour: float | None
    """What all its replicas' share of their nodes costs on demand; None without a known price."""
    price_source: str
    """Who says the price, where it holds and when; empty without one."""


def benchmark_facts(name: str, service: ServiceSettings, stack: BillableStack, prices: PriceTable) -> BenchmarkFacts:
    """The facts of the service ``name``.

    Args:
        name: Its name.
        service: Its settings.
        stack: What of its stack costs money.
        prices: The prices.
    """
    billed = next(one for one in stack.services if one.name == name)
    machine = stack.type_of(billed)
    gpu = instance_type(machine).gpu if machine and service.gpus else None
    cost = service_cost(stack, billed, prices, busy=1.0)
    usd = cost.gpu_usd_per_hour if service.gpus else cost.cpu_usd_per_hour
    price = prices.nodes.get(machine or "")
    settings = service.model_dump(mode="json", exclude_defaults=True, exclude=_ELSEWHERE | _OF_NO_EFFECT)
    return BenchmarkFacts(
        subject={
            "image": getattr(service, "image", None),
            "gpu": gpu.name if gpu else None,
            "gpus": service.gpus,
            "instance_type": machine,
            "replicas": service.replicas,
            "settings": settings,
        },
        usd_per_hour=usd,
        price_source=price.origin if price and usd is not None else "",
    )
