"""What a service costs and where it fits: the portal's one door to the planner."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from foundation.platform_facts import PlatformFacts
from foundation.service_settings import ServiceSettings
from foundation.stack_shape import team_shape
from planner.chart import memory_chart
from planner.cost import estimate, list_prices
from planner.memory.engine import GIB
from planner.memory.weights import checkpoint_bytes
from planner.model.catalogue import known_model, nearest
from planner.recommend import PUBLISHED, WHILE_LOADING, Option, Wanted, recommend
from planner.request import DEFAULT_UTILIZATION

_HOURS_A_DAY = 24


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a service costs."""

    usd_day: float | None
    """US dollars a day on demand; None where a price is not known."""
    basis: str
    """How it was reckoned, and of when and where the prices are."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to run a model on one of a platform's pools."""

    pool: str
    machine: str
    """Instance type of the pool's nodes."""
    tensor_parallel: int
    replicas: int
    """Enough for the concurrency that was asked for."""
    quantization: str | None
    """What vLLM quantizes to while it loads; None for the weights as they are published."""
    requests_at_once: float
    """Longest requests that fit at once, in all replicas."""
    cost: Cost
    chart: str
    """Memory of one GPU, as SVG."""
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the planner says of a model on a platform."""

    model: str
    known: bool
    """Whether the planner's catalogue has the model; it reckons with nothing else."""
    near: tuple[str, ...]
    """Models of the catalogue with a name like it."""
    weights_gib: float | None
    choices: tuple[Choice, ...]
    """The cheapest first."""
    ruled_out: tuple[str, ...]
    """Pools on which it does not run, with the reason."""


class Planner(Protocol):
    """What the portal asks of the planner."""

    def cost(self, spec: Mapping[str, Any], platform: str, facts: PlatformFacts) -> Cost:
        """What a service with these settings costs."""

    def weights_gib(self, model: str) -> float | None:
        """Size of a model's published weights in GiB; None when the planner does not know the model."""

    def propose(self, model: str, context: int, concurrency: int, platform: str, facts: PlatformFacts) -> Proposal:
        """Where a model runs, for so many longest requests at once."""


class OwnPlanner:
    """The planner that comes with the program."""

    def cost(self, spec: Mapping[str, Any], platform: str, facts: PlatformFacts) -> Cost:
        """See Planner: the service's share of its nodes, its load balancer and its public addresses."""
        shape = team_shape(
            stack="portal", platform=platform, facts=facts, services={"it": ServiceSettings.model_validate(dict(spec))}
        )
        found = estimate(shape, list_prices())
        gpus = found.services[0].gpu_usd_per_hour
        items = [item.amounts for item in found.items]
        if gpus is None or any(amounts is None for amounts in items):
            return Cost(usd_day=None, basis=found.services[0].note or "a price is not known")
        hourly = gpus + sum(amounts.deployed for amounts in items if amounts is not None)
        dated = sorted({price.origin for item in found.items for price in item.prices})
        return Cost(usd_day=round(hourly * _HOURS_A_DAY, 2), basis=f"on demand, without traffic; {'; '.join(dated)}")

    def weights_gib(self, model: str) -> float | None:
        """See Planner."""
        entry = known_model(model)
        return round(checkpoint_bytes(entry.shape) / GIB, 2) if entry else None

    def propose(self, model: str, context: int, concurrency: int, platform: str, facts: PlatformFacts) -> Proposal:
        """See Planner."""
        entry = known_model(model)
        if entry is None:
            near = tuple(nearest(model))
            return Proposal(model=model, known=False, near=near, weights_gib=None, choices=(), ruled_out=())
        wanted = Wanted(shape=entry.shape, context=context)
        choices: list[Choice] = []
        ruled_out: list[str] = []
        for name, pool in facts.pools.items():
            if pool.kind != "gpu":
                continue
            ranking = recommend(wanted, pool.machines[:1])
            usable = [option for option in ranking.options if option.weights in {PUBLISHED, WHILE_LOADING}]
            choices += [self._choice(entry.name, name, option, concurrency, platform, facts) for option in usable]
            if not usable:
                reasons = [ruled.reason for ruled in ranking.ruled_out if ruled.weights == PUBLISHED]
                ruled_out.append(f"{name} ({pool.instance_types[0]}): {'; '.join(reasons) or 'does not fit'}")
        return Proposal(
            model=entry.name,
            known=True,
            near=(),
            weights_gib=self.weights_gib(model),
            choices=tuple(sorted(choices, key=_dearness)),
            ruled_out=tuple(ruled_out),
        )

    def _choice(
        self, model: str, pool: str, option: Option, concurrency: int, platform: str, facts: PlatformFacts
    ) -> Choice:
        replicas = max(1, math.ceil(concurrency / max(option.fit.concurrent_requests, 1.0)))
        quantization = "fp8" if option.weights == WHILE_LOADING else None
        spec = {
            "model": model,
            "pool": pool,
            "replicas": min(replicas, 100),
            "tensor_parallel": option.tensor_parallel,
            "max_model_len": option.fit.max_model_len,
            "weights": {"source": "hub", "size_gib": option.fit.weights_gib},
        }
        title = f"{model} on {option.machine.name}, tensor parallel {option.tensor_parallel}, {option.weights}"
        return Choice(
            pool=pool,
            machine=option.machine.name,
            tensor_parallel=option.tensor_parallel,
            replicas=replicas,
            quantization=quantization,
            requests_at_once=option.fit.concurrent_requests * replicas,
            cost=self.cost(spec, platform, facts),
            chart=memory_chart(option.fit, utilization=DEFAULT_UTILIZATION, title=title),
            notes=option.fit.notes,
        )


def gpus_of(spec: Mapping[str, Any]) -> int:
    """GPUs a service asks for, over all replicas."""
    return int(spec.get("replicas", 1)) * int(spec.get("tensor_parallel", 1)) * int(spec.get("pipeline_parallel", 1))


def _dearness(choice: Choice) -> tuple[bool, float, bool]:
    """The cheapest first, unknown prices last; of equals the weights as published."""
    return (choice.cost.usd_day is None, choice.cost.usd_day or 0.0, choice.quantization is not None)
