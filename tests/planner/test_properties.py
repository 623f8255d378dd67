"""What must hold of every answer, whatever is asked."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planner.catalog.gpus import gpu_named, known_gpus
from planner.catalog.models import known_models
from planner.fit import Fit, FitRequest, FitStatus, fit
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention
from planner.vllm_checks import divisors

pytestmark = pytest.mark.thorough

ORDER = {FitStatus.REFUSED: 0, FitStatus.UNKNOWN: 1, FitStatus.FITS: 2}
COVERED = [
    known.shape
    for known in known_models()
    if known.shape.familiar and not known.shape.uncovered and not known.shape.unmeasured
]


def _any_release(shape: ModelArchitecture) -> bool:
    """Whether its cache is known in every release: keys and values of attention, alike in all layers, and nothing else."""
    sizes = {(attention.kv_heads, attention.head_dim, attention.value_dim) for attention in shape.attentions}
    plain = all(isinstance(mixer, Attention) and mixer.cached and not mixer.indexer for mixer in shape.mixers)
    return plain and len(sizes) == 1


SHAPES = [shape for shape in COVERED if _any_release(shape)]
HYBRIDS = [shape for shape in COVERED if any(not isinstance(mixer, Attention) for mixer in shape.mixers)]
PLAIN = [shape for shape in SHAPES if shape.latent is None and not shape.vision]


def _requests(shapes: list, oldest: int = 8) -> st.SearchStrategy[FitRequest]:  # type: ignore[type-arg]
    return st.builds(
        FitRequest,
        shape=st.sampled_from(shapes),
        gpu=st.sampled_from([name for name in known_gpus() if name not in {"L20", "A30", "RTX 2080 TI"}]).map(
            lambda name: gpu_named(name, None if name != "RTX PRO 4500" else 31.5)
        ),
        gpus=st.just(16),
        tensor_parallel=st.sampled_from([1, 2, 4, 8]),
        utilization=st.floats(0.3, 0.95),
        max_model_len=st.integers(512, 32768),
        max_num_seqs=st.integers(1, 1024),
        max_num_batched_tokens=st.sampled_from([1024, 2048, 8192, 16384]),
        enforce_eager=st.booleans(),
        engine=st.sampled_from([VllmVersion.of(f"0.{minor}") for minor in range(oldest, 33)]),
    )


def _ask(request: FitRequest) -> Fit:
    """The answer, of requests whose cache the planner knows: some hybrids are unknown in old versions of vLLM."""
    answer = fit(request, advise=False)
    assume(answer.per_gpu is not None and answer.per_gpu.kv is not None)
    return answer


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(_requests(SHAPES))
def test_the_parts_add_up_to_the_budget(request: FitRequest) -> None:
    answer = _ask(request)
    memory = answer.per_gpu
    rest = request.utilization * memory.visible - memory.weights - memory.activation - memory.non_torch - memory.kv
    assert rest == 0 or abs(rest) < 1e-6 or abs(rest - memory.cuda_graphs) < 1e-6
    low, high = answer.kv_tokens_range
    assert 0 <= low <= answer.kv_tokens <= high
    assert min(memory.weights, memory.activation, memory.non_torch) > 0


@quick
@given(_requests(HYBRIDS, oldest=20))
def test_the_parts_of_hybrids_add_up_to_the_budget(request: FitRequest) -> None:
    test_the_parts_add_up_to_the_budget.hypothesis.inner_test(request)


@quick
@given(_requests(SHAPES))
def test_a_reason_stands_beside_every_verdict_but_fits(request: FitRequest) -> None:
    answer = _ask(request)
    assert bool(answer.reasons) == (answer.status is not FitStatus.FITS)
    assert all(any(character.isdigit() for character in reason) for reason in answer.reasons)


@quick
@given(_requests(SHAPES))
def test_what_fits_has_room_for_one_request_within_its_limits(request: FitRequest) -> None:
    answer = _ask(request)
    assume(answer.fits)
    assert answer.concurrent_requests >= 1
    assert answer.max_request_tokens >= answer.max_model_len


@quick
@given(_requests(SHAPES), st.floats(0.0, 0.04))
def test_more_utilization_never_leaves_less(request: FitRequest, more: float) -> None:
    better = _ask(replace(request, utilization=request.utilization + more))
    assert better.kv_tokens >= _ask(request).kv_tokens
    assert better.per_gpu.kv >= _ask(request).per_gpu.kv


@quick
@given(_requests(SHAPES), st.floats(0.0, 40.0))
def test_more_memory_never_leaves_less(request: FitRequest, more: float) -> None:
    bigger = replace(request.gpu, visible_gib=request.gpu.visible_gib + more)
    kept = replace(request, max_num_seqs=request.max_num_seqs, gpu=bigger)
    assert _ask(kept).kv_tokens >= _ask(request).kv_tokens


@quick
@given(_requests(PLAIN))
def test_more_gpus_never_fit_less(request: FitRequest) -> None:
    """Among degrees that divide the model; NCCL is paid once, with the second GPU."""
    wider = 2 * request.tensor_parallel
    assume(request.tensor_parallel > 1 and {request.tensor_parallel, wider} <= set(divisors(request)))
    one, two = _ask(request), _ask(replace(request, tensor_parallel=wider))
    assume(one.status is FitStatus.FITS)
    assert ORDER[two.status] >= ORDER[one.status] or "which cuts the" in two.reasons[0]
    assert two.kv_tokens >= one.kv_tokens


@quick
@given(_requests(SHAPES))
def test_more_gpus_at_hand_change_nothing_that_fits(request: FitRequest) -> None:
    assert _ask(replace(request, gpus=64)).status is _ask(request).status


@quick
@given(_requests(SHAPES), st.integers(0, 32768))
def test_a_longer_context_never_costs_less(request: FitRequest, more: int) -> None:
    longer = replace(request, max_model_len=(request.max_model_len or 0) + more)
    assert _ask(longer).concurrent_requests <= _ask(request).concurrent_requests + 1e-9
    assert ORDER[_ask(longer).status] <= ORDER[_ask(request).status]


@quick
@given(_requests(SHAPES), st.integers(0, 512))
def test_more_requests_at_once_never_cost_less(request: FitRequest, more: int) -> None:
    busier = replace(request, max_num_seqs=(request.max_num_seqs or 0) + more)
    assert _ask(busier).per_gpu.kv <= _ask(request).per_gpu.kv + 1e-9


@quick
@given(_requests(SHAPES))
def test_an_fp8_cache_holds_more(request: FitRequest) -> None:
    assume(request.shape.latent is None)
    assert _ask(replace(request, kv_cache_dtype="fp8")).kv_tokens >= _ask(request).kv_tokens


@quick
@given(_requests([shape for shape in SHAPES if not shape.quantization.method]))
def test_quantized_weights_are_smaller(request: FitRequest) -> None:
    assert _ask(replace(request, quantization="fp8")).per_gpu.weights < _ask(request).per_gpu.weights


@quick
@given(_requests(SHAPES))
def test_eager_never_leaves_less(request: FitRequest) -> None:
    eager, graphed = (replace(request, enforce_eager=value) for value in (True, False))
    assert _ask(eager).kv_tokens >= _ask(graphed).kv_tokens
    assert _ask(eager).per_gpu.cuda_graphs == 0
