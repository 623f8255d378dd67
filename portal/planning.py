"""The program's own planner, applied to a platform's pools."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from planner.catalog.models import KnownModel, known_model, nearest_models
from planner.coldstart.pieces import ColdStart
from planner.cost import estimate, list_prices
from planner.cost.text import dollars
from planner.fit import Fit
from planner.memory.weights import checkpoint_bytes
from planner.model.quantization import UNQUANTIZED
from planner.recommend import NEEDS_CHECKPOINT, RecommendationRequest, recommend
from planner.units import GIB
from portal.proposals import Cost, CostLine, Memory, Placement, Proposal
from portal.service_fields import service_field
from portal.stored_settings import read_stored
from settings.derived.balancers import own_balancers
from settings.derived.billable import team_billable
from settings.derived.coldstart import Start, cold_starts, start_words
from settings.derived.model_fit import service_fit
from settings.derived.platform_facts import PlatformFacts
from settings.derived.pool_types import expected_type
from settings.models.pools import PoolFacts
from settings.models.services.base import ServiceSettings
from settings.models.services.vllm import HubWeights, VllmSettings
from settings.validation.kinds import read_service

_MOST_REPLICAS = int(service_field("replicas").maximum or 1)
_MOST_ELSEWHERE = 3
_SERVICE = "it"
_DEGREES = (1, 2, 4, 8, 16)


class OwnPlanner:
    """See Planner."""

    def cost(self, spec: Mapping[str, Any], platform: str, facts: PlatformFacts) -> Cost:
        """See Planner: the service's share of its nodes, its load balancer, its public addresses, its weights."""
        return _cost(read_service(spec), platform, facts)

    def weights_gib(self, model: str) -> float | None:
        """See Planner."""
        entry = known_model(model)
        return _size(entry) if entry else None

    def judge(self, spec: Mapping[str, Any], concurrency: int, platform: str, facts: PlatformFacts) -> Placement | None:
        """See Planner."""
        service = read_stored(spec)
        pool = facts.pools.get(service.pool) if service is not None else None
        if not isinstance(service, VllmSettings) or pool is None or pool.kind != "gpu":
            return None
        found = service_fit(service, pool)
        unknown = "" if found else _not_estimated(service)
        return self._placement(
            service, pool, found, concurrency=concurrency, platform=platform, facts=facts, unknown=unknown
        )

    def starts(self, spec: Mapping[str, Any], facts: PlatformFacts) -> Mapping[str, ColdStart]:
        """See Planner."""
        service = read_stored(spec)
        pool = facts.pools.get(service.pool) if service is not None else None
        if not isinstance(service, VllmSettings) or pool is None:
            return {}
        return {start.instance_type: (start.again if start.kept else start.first) for start in _starts(service, pool)}

    def propose(self, model: str, context: int, concurrency: int, platform: str, facts: PlatformFacts) -> Proposal:
        """See Planner: of each pool the cheapest degree that fits, with the weights as published and quantized."""
        entry = known_model(model)
        if entry is None:
            return Proposal(model=model, known=False, near=tuple(nearest_models(model)))
        choices: list[Placement] = []
        ruled_out: list[str] = []
        pools = {name: pool for name, pool in facts.pools.items() if pool.kind == "gpu"}
        for name, pool in pools.items():
            found = []
            for quantization in _variants(entry):
                fitting = self._degrees(
                    entry,
                    name,
                    pool,
                    context=context,
                    concurrency=concurrency,
                    quantization=quantization,
                    platform=platform,
                    facts=facts,
                )
                if cheapest := min(fitting, key=_cost_order, default=None):
                    found.append(cheapest)
            choices += found
            if not found:
                ruled_out.append(f"{name} ({pool.instance_types[0]}): {_why_not(entry, name, pool, context)}")
        return Proposal(
            model=entry.name,
            known=True,
            weights_gib=_size(entry),
            source=entry.source,
            choices=tuple(sorted(choices, key=_cost_order)),
            ruled_out=tuple(ruled_out),
            elsewhere=() if choices else _elsewhere(entry.name, context),
        )

    def _degrees(
        self,
        entry: KnownModel,
        name: str,
        pool: PoolFacts,
        *,
        context: int,
        concurrency: int,
        quantization: str | None,
        platform: str,
        facts: PlatformFacts,
    ) -> Iterator[Placement]:
        for degree in _DEGREES:
            service = _settings(entry, name, context, degree, quantization)
            found = service_fit(service, pool) if degree <= pool.gpus_per_node else None
            if found is not None and found.fits:
                held = max(1, _at_once(found))
                replicas = min(-(-concurrency // held), _MOST_REPLICAS)
                sized = service.model_copy(update={"replicas": replicas})
                yield self._placement(sized, pool, found, concurrency=concurrency, platform=platform, facts=facts)

    def _placement(
        self,
        service: VllmSettings,
        pool: PoolFacts,
        found: Fit | None,
        *,
        concurrency: int,
        platform: str,
        facts: PlatformFacts,
        unknown: str = "",
    ) -> Placement:
        machine = expected_type(pool, service.demand)
        return Placement(
            pool=service.pool,
            machine=machine.name,
            gpu=machine.gpu.name if machine.gpu else "",
            gpus_per_node=machine.gpus,
            spot=pool.capacity == "spot",
            tensor_parallel=service.tensor_parallel,
            replicas=service.replicas,
            quantization=service.quantization,
            fit=found.status.value if found else "unknown",
            reasons=found.reasons if found else (unknown,),
            notes=found.notes if found else (),
            requests_at_once=_at_once(found) * service.replicas if found else 0,
            longest_request=max(0, found.max_request_tokens or 0) if found else 0,
            memory=_memory(found, service.gpu_memory_utilization) if found else None,
            cost=_cost(service, platform, facts),
            wanted=concurrency,
            start=_start(service, pool),
        )


def _start(service: VllmSettings, pool: PoolFacts) -> str:
    """The prediction of its cold start; empty where the size of its weights is not known."""
    return start_words(_starts(service, pool))


def _starts(service: VllmSettings, pool: PoolFacts) -> list[Start]:
    try:
        return cold_starts(service, pool)
    except LookupError:
        return []


def _cost(service: ServiceSettings, platform: str, facts: PlatformFacts) -> Cost:
    services = {_SERVICE: service}
    balanced = own_balancers(services, gateway=facts.gateway is not None, deployed=None)
    found = estimate(
        team_billable(stack="portal", platform=platform, facts=facts, services=services, balanced=balanced),
        list_prices(),
    )
    share = found.services[0]
    part = f"{share.vcpus:g} vCPUs" if share.vcpus else f"{share.gpus} GPU{'s' if share.gpus > 1 else ''}"
    pool = facts.pools.get(service.pool)
    machine = expected_type(pool, service.demand).name if pool else ""
    price = list_prices().nodes.get(machine)
    nodes = CostLine(
        what="Share of the nodes",
        usd_hour=share.node_usd_per_hour,
        basis=f"{part} of {machine or service.pool}",
        source=price.origin if price else "",
    )
    others = (
        CostLine(
            what=item.what.removesuffix(f" of {_SERVICE}"),
            usd_hour=item.amounts.deployed if item.amounts else None,
            basis=item.basis,
            source=item.source,
        )
        for item in found.items
    )
    spot = None
    if share.node_usd_per_hour is not None and share.spot_node_usd_per_hour is not None:
        spot = share.node_usd_per_hour - share.spot_node_usd_per_hour
    return Cost.of((nodes, *others), spot=spot, unknown=share.note or "a price is not known")


def _settings(entry: KnownModel, pool: str, context: int, degree: int, quantization: str | None) -> VllmSettings:
    return VllmSettings(
        model=entry.name,
        pool=pool,
        max_model_len=context,
        tensor_parallel=degree,
        quantization=quantization,
        weights=HubWeights(source="hub"),
    )


def _not_estimated(service: VllmSettings) -> str:
    """Return why the planner has no fit result."""
    if known_model(service.model) is None:
        return f"the planner does not know {service.model}, so it estimates no memory: whether it fits is not known"
    if service.quantization:
        return f"the planner cannot estimate quantization {service.quantization}, or with an option of vLLM"
    return f"the planner cannot estimate an option of vLLM among {', '.join(service.args) or '(none)'}"


def _why_not(entry: KnownModel, name: str, pool: PoolFacts, context: int) -> str:
    """Return what rules a pool out, at the largest degree a node of it allows."""
    degree = max(degree for degree in _DEGREES if degree <= pool.gpus_per_node)
    found = service_fit(_settings(entry, name, context, degree, None), pool)
    reasons = "; ".join(found.reasons) if found else "the planner cannot estimate it"
    return f"with {degree} GPU{'s' if degree > 1 else ''} a replica, {reasons}"


@lru_cache(maxsize=256)
def _elsewhere(model: str, context: int) -> tuple[str, ...]:
    """Instance types that would do, whatever the platform has; every type is looked at, so it is kept."""
    entry = known_model(model)
    if entry is None:
        return ()
    ranking = recommend(RecommendationRequest(shape=entry.shape, context=context))
    usable = [option for option in ranking.options if option.weights != NEEDS_CHECKPOINT]
    return tuple(
        f"{option.machine.name}, {option.tensor_parallel} of {option.machine.gpus} GPUs, {option.weights}: "
        f"{dollars(option.usd_per_hour)} US dollars an hour"
        for option in usable[:_MOST_ELSEWHERE]
    )


def _at_once(found: Fit) -> int:
    """Longest requests of one replica at once; without a KV cache as many as run in a step, of what is not computed none."""
    if found.concurrent_requests is not None:
        return int(found.concurrent_requests)
    return found.max_num_seqs if found.fits else 0


def _memory(found: Fit, utilization: float) -> Memory | None:
    parts = found.per_gpu
    if parts is None or parts.activation is None or (parts.kv is None and not found.fits):
        return None
    return Memory(
        visible=parts.visible,
        budget=parts.visible * utilization,
        weights=parts.weights,
        activation=parts.activation,
        non_torch=parts.non_torch,
        cuda_graphs=parts.cuda_graphs,
        kv=parts.kv or 0.0,
    )


def _variants(entry: KnownModel) -> tuple[str | None, ...]:
    return (None, "fp8") if entry.shape.quantization == UNQUANTIZED else (None,)


def _size(entry: KnownModel) -> float:
    return round(checkpoint_bytes(entry.shape) / GIB, 2)


def _cost_order(choice: Placement) -> tuple[bool, float, bool, int]:
    """The cheapest first, unknown prices last; of equals the weights as published, and the fewer GPUs a replica."""
    cost = choice.cost.usd_hour
    return (cost is None, cost or 0.0, choice.quantization is not None, choice.tensor_parallel)
