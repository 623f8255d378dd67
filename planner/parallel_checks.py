"""Combinations of parallelism that vLLM refuses: of decode context parallelism, and of redundant experts.

After ``config/parallel.py``, ``verify_with_parallel_config`` of ``config/model.py``, ``layers/mamba/mamba_mixer2.py`` and
``layers/fused_moe/layer.py`` of vLLM 0.12 to 0.32.
"""

from collections.abc import Iterator

from planner.model.layers import Attention, DeltaNet, LinearAttention, Mixer, StateSpace
from planner.request import FitRequest, Reason


def parallel_refusals(request: FitRequest) -> Iterator[Reason]:
    """What vLLM refuses of degrees that go together."""
    yield from _context(request)
    ranks = request.tensor_parallel * request.data_parallel
    for part in request.shape.experts:
        experts = part.count + request.redundant_experts
        if request.redundant_experts and request.expert_parallel and experts % ranks:
            yield Reason(
                "redundant_experts",
                f"num_redundant_experts {request.redundant_experts} makes {experts} experts, which {ranks} GPUs do not "
                f"share evenly: {-part.count % ranks or ranks}",
            )


def indivisible_states(mixer: Mixer, degree: int) -> Iterator[str]:
    """What of a mixer with states tensor parallelism of this degree does not divide."""
    match mixer:
        case StateSpace(version=1) if mixer.inner % degree:
            yield f"its {mixer.inner:,} channels of Mamba"
        case StateSpace(version=2) if mixer.heads % degree:
            yield f"its {mixer.heads} heads of Mamba"
        case StateSpace(version=2) if mixer.groups > 1 and mixer.groups % degree:
            yield f"its {mixer.groups} groups of Mamba"
        case DeltaNet() if mixer.key_heads % degree or mixer.value_heads % degree:
            yield f"its {mixer.key_heads} heads of linear attention"
        case LinearAttention() if mixer.heads % degree:
            yield f"its {mixer.heads} heads of linear attention"


def _context(request: FitRequest) -> Iterator[Reason]:
    degree, shared = request.tensor_parallel, request.context_parallel
    if shared == 1:
        return
    allowed = [each for each in range(1, degree + 1) if degree % each == 0]
    if degree % shared:
        yield Reason(
            "context_parallel",
            f"decode-context-parallel-size {shared} does not divide tensor_parallel {degree}: {_last(allowed)}",
        )
        return
    plain = [each for each in request.shape.attentions if each.cached and not (each.latent and each.latent.cached)]
    if plain and not _shares(plain, degree, shared):
        fitting = [each for each in allowed if each == 1 or _shares(plain, degree, each)]
        yield Reason(
            "context_parallel",
            f"decode-context-parallel-size {shared} needs {shared} GPUs for each of its {min(each.kv_heads for each in plain)} "
            f"KV heads, with as many of its query heads each; tensor_parallel is {degree}: {_last(fitting)}",
        )


def _shares(attentions: list[Attention], degree: int, shared: int) -> bool:
    """Whether so many GPUs may share the tokens of attention with keys and values of each head."""
    kv_heads, heads = min(each.kv_heads for each in attentions), attentions[0].heads
    return degree > kv_heads and shared <= degree // kv_heads and heads // kv_heads % shared == 0


def _last(choices: list[int]) -> str:
    return " or ".join(map(str, choices[-3:]))
