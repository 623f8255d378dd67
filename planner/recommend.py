"""Which instance type, degree and quantization serves a model at the least cost: a pure function of plain data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import InstanceType, instance_types
from planner.cost.items import HOURS_A_MONTH
from planner.fit import fit
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import UNQUANTIZED, of_method
from planner.request import DEFAULT_UTILIZATION, Fit, FitRequest, FitStatus
from planner.vllm_checks import divisors

AWQ = of_method("awq")
PUBLISHED = "as published"
WHILE_LOADING = "fp8"
NEEDS_CHECKPOINT = "awq (needs an AWQ checkpoint)"


@dataclass(frozen=True, kw_only=True)
class RecommendationRequest:
    """What the deployment must do."""

    shape: ModelArchitecture
    """The model."""
    context: int
    """Longest request in tokens."""
    stored_bytes: int | None = None
    """Size of the files that hold the published weights, where it is known."""
    concurrency: int = 1
    """Longest requests that must fit at once."""
    kv_cache_dtype: str = "auto"
    """Number format of the KV cache."""
    utilization: float = DEFAULT_UTILIZATION
    """Share of each GPU's memory vLLM may take."""
    engine: VllmVersion = VllmVersion(*MODELED_VERSION)  # noqa: RUF009  frozen
    """Version of vLLM."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One way to serve it."""

    machine: InstanceType
    """The instance type; it is paid as a whole."""
    tensor_parallel: int
    """GPUs each layer is split over."""
    weights: str
    """How the weights are stored."""
    usd_per_hour: float
    """Price of the instance on demand, us-east-1."""
    fit: Fit
    """The memory, as estimated."""

    @property
    def usd_per_month(self) -> float:
        """Price of a month of 730 hours."""
        return self.usd_per_hour * HOURS_A_MONTH

    @property
    def replicas(self) -> int:
        """Replicas the instance has room for."""
        return self.machine.gpus // self.tensor_parallel

    def as_json(self) -> dict[str, Any]:
        """The option as plain data."""
        return {
            "instance_type": self.machine.name,
            "gpu": self.machine.gpu.name if self.machine.gpu else None,
            "gpus": self.machine.gpus,
            "tensor_parallel": self.tensor_parallel,
            "replicas": self.replicas,
            "weights": self.weights,
            "usd_per_hour": round(self.usd_per_hour, 4),
            "usd_per_month": round(self.usd_per_month, 2),
            "fit": self.fit.as_json(),
        }


@dataclass(frozen=True, kw_only=True)
class RejectedOption:
    """An instance type that cannot, or cannot be priced."""

    machine: InstanceType
    """The instance type."""
    weights: str
    """How the weights would have been stored."""
    reason: str
    """Why not, with numbers."""
    undecided: bool = False
    """Whether it may hold the model after all: the planner cannot tell."""

    def as_json(self) -> dict[str, Any]:
        """What was ruled out, as plain data."""
        return {"instance_type": self.machine.name, "weights": self.weights, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The options by cost, and what was ruled out."""

    options: tuple[Option, ...]
    """The cheapest first; as published before quantized where the price is the same."""
    ruled_out: tuple[RejectedOption, ...]
    """The rest, with reasons."""

    @property
    def undecided(self) -> bool:
        """Whether an instance type that is not among the options may be one."""
        return any(ruled.undecided for ruled in self.ruled_out)

    def as_json(self) -> dict[str, Any]:
        """The ranking as plain data."""
        return {
            "options": [option.as_json() for option in self.options],
            "ruled_out": [ruled.as_json() for ruled in self.ruled_out],
        }


def recommend(wanted: RecommendationRequest, machines: Sequence[InstanceType] | None = None) -> Ranking:
    """Rank instance types, degrees and quantizations by cost.

    Args:
        wanted: What the deployment must do.
        machines: Instance types to choose from; default every one with GPUs in the table.
    """
    candidates = machines if machines is not None else [machine for machine in instance_types().values() if machine.gpu]
    options: list[Option] = []
    ruled_out: list[RejectedOption] = []
    for machine in candidates:
        for name, request in _variants(wanted, machine).items():
            answer = _smallest_degree(request)
            if isinstance(answer, _Rejection):
                ruled_out.append(
                    RejectedOption(machine=machine, weights=name, reason=answer.reason, undecided=answer.undecided)
                )
            elif machine.usd_per_hour is None:
                ruled_out.append(RejectedOption(machine=machine, weights=name, reason="its price is not in the table"))
            else:
                degree, found = answer
                options.append(
                    Option(
                        machine=machine,
                        tensor_parallel=degree,
                        weights=name,
                        usd_per_hour=machine.usd_per_hour,
                        fit=found,
                    )
                )
    preference = {PUBLISHED: 0, WHILE_LOADING: 1, NEEDS_CHECKPOINT: 2}
    return Ranking(
        options=tuple(
            sorted(
                options,
                key=lambda option: (option.usd_per_hour, preference[option.weights], option.machine.name),
            )
        ),
        ruled_out=tuple(sorted(ruled_out, key=lambda ruled: (ruled.machine.name, preference[ruled.weights]))),
    )


def _variants(wanted: RecommendationRequest, machine: InstanceType) -> Mapping[str, FitRequest]:
    published = FitRequest(
        shape=wanted.shape,
        gpu=gpu_of(machine),
        gpus=machine.gpus,
        machine=machine,
        kv_cache_dtype=wanted.kv_cache_dtype,
        utilization=wanted.utilization,
        max_model_len=wanted.context,
        max_num_seqs=wanted.concurrency,
        concurrency=wanted.concurrency,
        engine=wanted.engine,
        stored_bytes=wanted.stored_bytes,
    )
    if wanted.shape.quantization != UNQUANTIZED:
        return {PUBLISHED: published}
    return {
        PUBLISHED: published,
        WHILE_LOADING: replace(published, quantization="fp8"),
        NEEDS_CHECKPOINT: replace(published, shape=replace(wanted.shape, quantization=AWQ), stored_bytes=None),
    }


@dataclass(frozen=True, kw_only=True)
class _Rejection:
    """Why no degree fits."""

    reason: str
    undecided: bool


def _smallest_degree(request: FitRequest) -> tuple[int, Fit] | _Rejection:
    """The smallest degree that fits, or why the largest does not."""
    last, undecided = "no tensor_parallel degree divides its heads", False
    for degree in _degrees(request):
        found = fit(replace(request, tensor_parallel=degree), advise=False)
        if found.status is FitStatus.FITS:
            return degree, found
        undecided = undecided or found.status is FitStatus.UNKNOWN
        last = f"tensor_parallel {degree}: {found.reasons[0] if found.reasons else found.status.value}"
    return _Rejection(reason=last.removesuffix(": a smaller model, or larger GPUs"), undecided=undecided)


def _degrees(request: FitRequest) -> Iterator[int]:
    yield from (degree for degree in divisors(request) if degree <= request.gpus)
