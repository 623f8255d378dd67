"""What a benchmark's record holds of a service beside its figures: image, GPU, replicas, settings, price."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.catalog.instances import instance_type
from planner.cost import BillableStack, PriceTable
from planner.cost.services import service_cost
from settings.models.services.base import ServiceSettings

_ELSEWHERE = {"autoscale", "image", "replicas"}
"""Settings that a record has as facts of their own."""
_OF_NO_EFFECT = {
    *("alerts", "benchmark", "compile_cache", "endpoint", "monitoring_namespace", "price", "priority", "response_logs"),
    "startup_seconds",
}
"""Settings that do not change how the engine answers."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkFacts:
    """What is known of a service before it is measured."""

    subject: Mapping[str, Any]
    """image, gpu, gpus (of a replica), instance_type, replicas, settings; None where one is unknown."""
    usd_per_hour: float | None
    """What the share of their nodes costs on demand that its replicas have, without autoscaling all, with it the fewest; None without a
    known price."""
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
    # Without pools, as of a team stack whose platform is unknown, neither type nor price follow.
    billed = next((one for one in stack.services if one.name == name), None) or service.billable(name)
    machine = stack.type_of(billed)
    gpu = instance_type(machine).gpu if machine and service.gpus else None
    cost = service_cost(stack, billed, prices, busy=1.0)
    usd = cost.gpu_usd_per_hour if service.gpus else cost.cpu_usd_per_hour
    replicas = max(1, service.least_replicas)
    price = prices.nodes.get(machine or "")
    settings = service.model_dump(mode="json", exclude_defaults=True, exclude=_ELSEWHERE | _OF_NO_EFFECT)
    return BenchmarkFacts(
        subject={
            "image": getattr(service, "image", None),
            "gpu": gpu.name if gpu else None,
            "gpus": service.gpus,
            "instance_type": machine,
            "replicas": replicas,
            "settings": settings,
        },
        usd_per_hour=None if usd is None else usd / billed.replicas * replicas,
        price_source=price.origin if price and usd is not None else "",
    )
