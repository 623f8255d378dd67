"""GPU memory of a model under vLLM: ``fit(request)``, a pure function of plain data.

The memory is estimated in :mod:`planner.memory`, what else vLLM refuses is in :mod:`planner.vllm_checks`. "Fits" means
that vLLM starts and one request of the longest length has room; an estimate that is closer to the edge than it is
certain is called unknown, not fitting.
"""

from collections.abc import Iterator

from planner.alternatives import suggest_alternatives
from planner.architectures import unknown_class
from planner.defaults import apply_vllm_defaults
from planner.hosting import host
from planner.memory.estimate import SPREADS, MemoryEstimate, estimate_memory
from planner.memory.vllm_version import MODELED_VERSION, OLDEST
from planner.memory.weights import checkpoint_bytes
from planner.model.quantization import UnknownQuantizationError
from planner.request import Fit, FitRequest, FitStatus, PerGpu, Reason
from planner.units import GIB
from planner.unknown_shape import WEIGHTS_CERTAIN, too_heavy, without_shape
from planner.vllm_checks import AMPERE_CAPABILITY, notes, refusals

__all__ = ["Fit", "FitRequest", "FitStatus", "PerGpu", "Reason", "UnknownQuantizationError", "fit"]

CLEAR_TO_FIT = 0.5
"""Spreads by which the estimate must clear the edge to fit."""
CLEAR_TO_REFUSE = 1.0
"""Spreads by which it must miss the edge to be refused: a refusal blocks a deployment that might start, so it takes more."""


def fit(request: FitRequest, *, advise: bool = True) -> Fit:
    """Estimate whether a request fits.

    Args:
        request: Model, GPUs and options.
        advise: Whether to look for choices that fit when this one does not; it takes longer.

    Raises:
        UnknownQuantizationError: nothing is known of the requested quantization.
    """
    deployment = apply_vllm_defaults(request)
    if request.shape.uncovered:
        return without_shape(request, deployment)
    memory = estimate_memory(deployment)
    against = tuple(refusals(request, deployment))
    unknown = tuple(_unknown(request, memory))
    if against or not unknown:
        status, problems = _memory_status(request, memory, advise=advise)
        status = FitStatus.REFUSED if against else status
        # A cache that is not computed decides nothing beside what vLLM refuses.
        problems = against + (() if unknown else problems)
    else:
        too_much = tuple(_certain(memory))
        status = FitStatus.REFUSED if too_much else FitStatus.UNKNOWN
        problems = too_much or unknown
    stage, cached = memory.stage, bool(memory.stage.layout.groups) and not unknown
    longest = request.shape.longest(multiplied=request.engine.multiplies_yarn)
    return Fit(
        status=status,
        problems=problems,
        notes=(*notes(request, deployment), *_engine_notes(request, memory)),
        per_gpu=PerGpu(
            visible=request.gpu.visible_gib,
            weights=stage.weights / GIB,
            activation=None if unknown else stage.activation.peak / GIB,
            non_torch=stage.non_torch / GIB,
            cuda_graphs=stage.graphs / GIB,
            kv=stage.available / GIB if cached else None,
        ),
        kv_tokens=memory.kv_tokens if cached else None,
        kv_tokens_range=memory.kv_tokens_range if cached else None,
        max_request_tokens=min(memory.max_request_tokens, longest) if cached else None,
        concurrent_requests=memory.concurrent_requests if cached else None,
        max_model_len=deployment.max_model_len,
        max_num_seqs=deployment.sequences,
        max_num_batched_tokens=deployment.batched_tokens,
        dtype=deployment.dtype,
        weights_gib=checkpoint_bytes(request.shape) / GIB,
        host=host(request),
        engine=request.engine,
    )


def _memory_status(
    request: FitRequest, memory: MemoryEstimate, *, advise: bool
) -> tuple[FitStatus, tuple[Reason, ...]]:
    spread, wanted = memory.stage.spread, request.concurrency or 1
    margin = memory.margin(wanted)
    if margin >= CLEAR_TO_FIT * spread:
        return FitStatus.FITS, ()
    choices = suggest_alternatives(request, memory) if advise else ()
    fix = ", or ".join(choices) if choices else "a smaller model, or larger GPUs"
    if margin < -CLEAR_TO_REFUSE * spread:
        return FitStatus.REFUSED, (Reason("memory", f"{_shortage(request, memory)}: {fix}"),)
    doubt = f"{_shortage(request, memory)}, give or take {SPREADS * spread / GIB:.1f}"
    return FitStatus.UNKNOWN, (Reason("memory", f"too close to call: {doubt}: {fix}"),)


def _shortage(request: FitRequest, memory: MemoryEstimate) -> str:
    deployment, stage = memory.deployment, memory.stage
    budget = deployment.visible * deployment.utilization / GIB
    if stage.available <= 0 or not stage.layout.groups:
        parts = (
            f"weights {stage.weights / GIB:.1f}, activations {stage.activation.peak / GIB:.1f} and the rest "
            f"{(stage.non_torch + (stage.graphs if stage.graphs_reserved else 0)) / GIB:.1f} GiB a GPU"
        )
        if not stage.layout.groups:
            return f"{parts} are to fit in {budget:.1f} GiB"
        return f"{parts} leave nothing of {budget:.1f} GiB for the KV cache"
    if stage.room < stage.available:
        return f"the KV cache of {stage.available / GIB:.1f} GiB that was given is more than the {stage.room / GIB:.1f} there are"
    wanted = request.concurrency or 1
    if memory.needed(wanted) > stage.layout.block_bytes * (
        stage.layout.request_blocks(deployment.max_model_len) * wanted + 1
    ):
        return (
            f"max_num_seqs {deployment.sequences:,} needs as many blocks for the states of requests, "
            f"{memory.needed(wanted) / GIB:.1f} GiB a GPU, {stage.available / GIB:.1f} are left"
        )
    which = (
        f"{wanted} requests of {deployment.max_model_len:,} tokens need"
        if wanted > 1
        else f"one request of {deployment.max_model_len:,} tokens needs"
    )
    return f"{which} {memory.needed(wanted) / GIB:.1f} GiB of KV cache a GPU, {stage.available / GIB:.1f} are left"


def _unknown(request: FitRequest, memory: MemoryEstimate) -> Iterator[Reason]:
    """What is not computed of a model whose weights are."""
    if request.shape.unmeasured:
        yield Reason("shape", f"not computed: {', '.join(request.shape.unmeasured)}")
    for what in memory.unknown:
        yield Reason("engine", f"not computed: {what}")
    if request.shape.latent and request.gpu.capability and request.gpu.capability < AMPERE_CAPABILITY:
        yield Reason(
            "engine",
            f"not computed: latent attention on the {request.gpu.name}, as vLLM reads prompts with FlashAttention, which wants "
            f"compute capability {AMPERE_CAPABILITY}; VLLM_MLA_DISABLE=1 keeps keys and values of every head instead",
        )
    for what in unknown_class(request.shape, request.engine):
        yield Reason("engine", f"not known: {what}")
    if not request.engine.covered:
        oldest = f"{OLDEST[0]}.{OLDEST[1]}"
        yield Reason(
            "engine", f"not computed: vLLM {request.engine} has the V0 engine; the planner knows {oldest} and newer"
        )


def _certain(memory: MemoryEstimate) -> Iterator[Reason]:
    """Weights that leave no room, alone or with the KV cache of what is wanted, whatever the rest takes."""
    stage, deployment = memory.stage, memory.deployment
    budget = deployment.visible * deployment.utilization
    vision = deployment.shape.vision
    # An estimated tower refuses nothing: its kind may be much smaller.
    estimated = 2 * vision.parameters if vision and not vision.exact else 0
    certain = stage.weights * WEIGHTS_CERTAIN - estimated
    if certain > budget:
        yield too_heavy(stage.weights / GIB, budget / GIB, stored=False)
    elif not memory.unknown and not stage.given and certain + memory.needed() > budget:
        yield Reason(
            "memory",
            f"its weights of {stage.weights / GIB:.1f} GiB and {_request_cache(memory)} are more than the budget of "
            f"{budget / GIB:.1f}: more or larger GPUs, or a lower max_model_len",
        )


def _request_cache(memory: MemoryEstimate) -> str:
    """What one longest request needs, whose layout is known though what is left for it is not."""
    length = memory.deployment.max_model_len
    return f"{memory.needed() / GIB:.2f} GiB of KV cache a GPU for one request of {length:,} tokens"


def _engine_notes(request: FitRequest, memory: MemoryEstimate) -> Iterator[str]:
    if request.engine > type(request.engine)(*MODELED_VERSION, 99):
        newest = f"{MODELED_VERSION[0]}.{MODELED_VERSION[1]}"
        yield f"vLLM {request.engine} is newer than {newest}, the newest that the planner models: it may differ"
    stage, deployment = memory.stage, memory.deployment
    if request.shape.unmeasured and not memory.unknown and stage.layout.groups:
        each = stage.layout.token_bytes
        grown = f", of which {each:,.0f} bytes a token; the rest does not grow" if each else ""
        yield f"computed nevertheless: {_request_cache(memory)}{grown}"
    outside = deployment.visible * (1 - deployment.utilization)
    if stage.graphs and not stage.graphs_reserved and stage.graphs > outside:
        yield (
            f"CUDA graphs of about {stage.graphs / GIB:.1f} GiB come on top of the budget, {outside / GIB:.1f} GiB are "
            "beside it: lower the utilization, or enforce_eager"
        )
