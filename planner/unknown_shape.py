"""The answer for a model whose dimensions are not computed: unknown, without figures, unless something else decides."""

from collections.abc import Iterator

from planner.memory.deployment import Deployment
from planner.request import Fit, FitRequest, FitStatus, Reason
from planner.units import GIB
from planner.vllm_checks import independent_refusals

WEIGHTS_CERTAIN = 0.98
"""Share of the published weights that a GPU holds at least: what vLLM does not load of them is less than the rest."""


def without_shape(request: FitRequest, deployment: Deployment) -> Fit:
    """Answer for a model of which the weights are not computed; the size of its files may still refuse it."""
    against = (*independent_refusals(request, deployment), *_files(request, deployment))
    names = ", ".join(request.shape.uncovered)
    unknown = Reason("shape", f"not computed: {names}")
    stored = request.stored_bytes
    return Fit(
        status=FitStatus.REFUSED if against else FitStatus.UNKNOWN,
        problems=against or (unknown,),
        notes=(f"not computed: {names}",) if against else (),
        per_gpu=None,
        kv_tokens=None,
        kv_tokens_range=None,
        max_request_tokens=None,
        concurrent_requests=None,
        max_model_len=deployment.max_model_len,
        max_num_seqs=deployment.sequences,
        max_num_batched_tokens=deployment.batched_tokens,
        dtype=deployment.dtype,
        weights_gib=None if stored is None else stored / GIB,
        host=None,
        engine=request.engine,
    )


def too_heavy(weights: float, budget: float, *, stored: bool) -> Reason:
    """Weights of so many GiB a GPU, for a budget that is less."""
    which = "the model's files have" if stored else "its weights are"
    return Reason(
        "memory",
        f"{which} {weights:.1f} GiB a GPU, {budget:.1f} are the budget: more or larger GPUs, or a smaller model",
    )


def _files(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    if request.stored_bytes is None or request.quantization:
        return
    split = request.tensor_parallel * request.pipeline_parallel
    each = request.stored_bytes / split - deployment.offload
    budget = deployment.visible * deployment.utilization
    if each * WEIGHTS_CERTAIN > budget:
        yield too_heavy(each / GIB, budget / GIB, stored=True)
