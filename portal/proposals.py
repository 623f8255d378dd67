"""Cost and placement of a service as plain data: the portal's interface to the planner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from planner.coldstart.pieces import ColdStart
from planner.cost import HOURS_A_MONTH
from settings.derived.platform_facts import PlatformFacts

HOURS_A_DAY = 24


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """One part of a cost."""

    what: str
    usd_hour: float | None
    """US dollars an hour; None where the price is not known."""
    basis: str
    """How it was estimated."""
    source: str
    """Who says the price, where it holds and when; empty where none is known."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Cost of a service at list prices, on demand, without traffic."""

    usd_hour: float | None
    """US dollars an hour; None where a price is not known."""
    usd_day: float | None
    """The same for 24 hours, to the cent."""
    usd_month: float | None
    """The same for 730 hours, to the cent."""
    spot_usd_hour: float | None = None
    """The same at the assumed spot price; None where its pool is on demand, or a price is not known."""
    lines: tuple[CostLine, ...] = ()
    """Its parts."""
    unknown: str = ""
    """What is not known; empty when everything is."""

    @classmethod
    def of(cls, lines: tuple[CostLine, ...], *, spot: float | None, unknown: str) -> "Cost":
        """Add up the lines.

        Args:
            lines: The parts.
            spot: US dollars an hour that spot nodes are assumed to save; None for nodes on demand.
            unknown: What is not known, when a line's price is not.
        """
        known = [line.usd_hour for line in lines if line.usd_hour is not None]
        if len(known) < len(lines):
            return cls(usd_hour=None, usd_day=None, usd_month=None, lines=lines, unknown=unknown)
        hour = sum(known)
        return cls(
            usd_hour=hour,
            usd_day=round(hour * HOURS_A_DAY, 2),
            usd_month=round(hour * HOURS_A_MONTH, 2),
            spot_usd_hour=hour - spot if spot is not None else None,
            lines=lines,
        )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """GiB on each GPU of a replica, as the planner estimates them."""

    visible: float
    """What CUDA shows."""
    budget: float
    """What vLLM may take of it."""
    weights: float
    activation: float
    """Peak of activations."""
    non_torch: float
    """CUDA runtime, libraries, NCCL."""
    cuda_graphs: float
    kv: float
    """Left for the KV cache; negative where even the rest does not fit."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A model on a pool, with the planner's fit, memory and cost."""

    pool: str
    machine: str
    """Instance type of the pool's nodes."""
    gpu: str
    gpus_per_node: int
    spot: bool
    tensor_parallel: int
    """GPUs of a replica that each layer is split over."""
    replicas: int
    quantization: str | None
    """What vLLM quantizes to while it loads; None for the weights as they are published."""
    fit: Annotated[Literal["fits", "refused", "unknown"], Field(serialization_alias="verdict")]
    """Result of the planner's fit; the API calls it ``verdict``."""
    reasons: tuple[str, ...]
    """What decided against it, with numbers and the nearest choices that work."""
    notes: tuple[str, ...]
    """What else is worth knowing."""
    requests_at_once: int
    """Longest requests that fit at once, in all replicas."""
    longest_request: int
    """Longest single request that fits, in tokens."""
    memory: Memory | None
    """None where it cannot be estimated."""
    cost: Cost
    wanted: int = 1
    """The requested number of longest requests at once."""
    start: str = ""
    """What its cold start takes, in a sentence; empty where it is not predicted."""

    @property
    def gpus(self) -> int:
        """GPUs of all replicas."""
        return self.replicas * self.tensor_parallel

    @property
    def enough(self) -> bool:
        """Whether the requested number of longest requests fits at once."""
        return self.fit == "fits" and self.requests_at_once >= self.wanted


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The planner's proposal for a model on a platform."""

    model: str
    known: bool
    """Whether the planner's catalogue has the model; it estimates no other."""
    near: tuple[str, ...] = ()
    """Models of the catalogue with a name like it."""
    weights_gib: float | None = None
    source: str = ""
    """Where the model's figures are published."""
    choices: tuple[Placement, ...] = ()
    """The cheapest first."""
    ruled_out: tuple[str, ...] = ()
    """Pools on which it does not run, with the reason."""
    elsewhere: tuple[str, ...] = ()
    """Instance types that would run it, the cheapest first, when no pool of the platform does."""

    @property
    def best(self) -> Placement | None:
        """Return the proposed choice: the cheapest with the weights as published, for quantizing changes the answers."""
        return next((choice for choice in self.choices if choice.quantization is None), next(iter(self.choices), None))


class Planner(Protocol):
    """What the portal needs of a planner."""

    def cost(self, spec: Mapping[str, Any], platform: str, facts: PlatformFacts) -> Cost:
        """Return the cost of a service with these settings."""

    def weights_gib(self, model: str) -> float | None:
        """Size of a model's published weights in GiB; None when the planner does not know the model."""

    def judge(self, spec: Mapping[str, Any], concurrency: int, platform: str, facts: PlatformFacts) -> Placement | None:
        """Return the placement of a service with these settings, and whether it fits; None where it cannot estimate."""

    def starts(self, spec: Mapping[str, Any], facts: PlatformFacts) -> Mapping[str, ColdStart]:
        """Predict the start of a pod of a service, by each instance type of its pool; empty where nothing is predicted.

        Nothing is compiled yet, except where the compile cache is kept.
        """

    def propose(self, model: str, context: int, concurrency: int, platform: str, facts: PlatformFacts) -> Proposal:
        """Propose where a model runs, for so many longest requests at once."""
