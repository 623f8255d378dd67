"""What vLLM refuses whatever the memory: degrees, number formats, kernels. Each with the nearest choice that works."""

from collections.abc import Iterable, Iterator

from planner.architectures import class_notes, refused_class
from planner.class_support import class_refusals
from planner.defaults import takes_float16
from planner.hosting import host_notes, host_refusals
from planner.image_kernels import of_release, releases_for
from planner.memory.deployment import Deployment
from planner.memory.vllm_version import VllmVersion
from planner.model.parameters import VOCAB_MULTIPLE
from planner.parallel_checks import indivisible_states, parallel_refusals
from planner.quantized_weights import cut_groups, option_refusals, weight_notes, weight_refusals
from planner.request import FitRequest, Reason

AMPERE_CAPABILITY = 8.0
_NVFP4_CACHE_EVERYWHERE = VllmVersion(0, 32, 0)
_SPARSE_ON_CONSUMER_BLACKWELL = VllmVersion(0, 24, 0)
"""Since when GPUs of compute capability 12 have sparse attention; the backends of 0.20.2 to 0.23.0 name 9 and 10 alone."""
_ONE_WINDOW = frozenset({"qwen2", "qwen3"})
CONTEXT_GIB = 0.5
"""What CUDA itself takes on each GPU before vLLM looks at the free memory; 0.51 was measured on H100."""
COLLECTIVES_GIB = 1.0
"""And what NCCL takes beside it, since 0.18; 1.0 to 1.5 were measured."""
_DEGREES = (1, 2, 3, 4, 5, 6, 7, 8, 16)


def refusals(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    """Everything that keeps vLLM from starting, memory aside."""
    yield from refused_class(request.shape, request.engine)
    yield from class_refusals(request)
    yield from _degrees(request, deployment)
    yield from _formats(request, deployment)
    yield from _kernels(request, deployment)
    yield from _lengths(request)
    yield from _predictions(request)
    yield from _windows(request)
    yield from _batches(deployment)
    yield from _startup_memory(request)
    yield from host_refusals(request)


def independent_refusals(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    """What keeps vLLM from starting whatever the model's dimensions are."""
    yield from refused_class(request.shape, request.engine)
    yield from _too_few_gpus(request, "a smaller degree")
    yield from _on_gpu(request, deployment)
    yield from _kernels(request, deployment)
    yield from _batches(deployment)
    yield from _startup_memory(request)


def notes(request: FitRequest, deployment: Deployment) -> Iterator[str]:
    """What works, but is worth knowing."""
    shape, degree = request.shape, request.tensor_parallel
    if not shape.caches:
        yield "no KV cache (encoder)"
    yield from class_notes(shape, request.engine)
    fewest = min((each.kv_heads for each in shape.attentions if each.cached), default=degree)
    if shape.latent is None and degree > fewest:
        yield (
            f"{fewest} KV heads on {degree} GPUs: each GPU has a whole one, so the KV cache does not shrink "
            f"beyond tensor_parallel {fewest}"
        )
    if shape.latent is not None and degree > 1:
        yield "latent attention: every GPU keeps the whole KV cache, tensor_parallel does not split it"
    if request.dtype == "auto" and not request.gpu.bfloat16 and shape.dtype != deployment.dtype:
        twice = (
            "" if takes_float16(shape) else f", since {shape.model_type} does not go in float16: it takes twice as much"
        )
        yield f"the {request.gpu.name} has no bfloat16: vLLM computes in {deployment.dtype}{twice}"
    yield from weight_notes(request, deployment)
    if not request.gpu.measured:
        yield f"the visible memory of the {request.gpu.name} is derived from EC2's figure: give --visible-gib if known"
    if not shape.familiar and not shape.unmeasured:
        like = "a Llama-like decoder" if shape.caches else "a BERT-like encoder"
        yield f"model_type {shape.model_type or '(none)'} is not one the planner knows: treated as {like}"
    yield from host_notes(request)
    if request.machine:
        yield from _quota(request)


def divisors(request: FitRequest) -> tuple[int, ...]:
    """Tensor parallel degrees the model divides by, up to 16."""
    return tuple(degree for degree in _DEGREES if not list(_indivisible(request, degree)))


def _degrees(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    degree, stages = request.tensor_parallel, request.pipeline_parallel
    if request.workers > request.gpus:
        yield from _too_few_gpus(request, _smaller(request))
    wrong = list(_indivisible(request, degree))
    if wrong:
        near = [str(other) for other in divisors(request) if other <= max(request.gpus, degree)]
        choices = " or ".join(near[-3:]) or "1"
        yield Reason("tensor_parallel", f"tensor_parallel {degree} does not divide {wrong[0]}: {choices}")
    elif deployment.quantization.method:
        yield from cut_groups(request, deployment.quantization, divisors(request))
    layers = len(request.shape.layers)
    if stages > layers:
        yield Reason("pipeline_parallel", f"pipeline_parallel {stages} is more than its {layers} layers: {layers}")
    yield from parallel_refusals(request)


def _too_few_gpus(request: FitRequest, smaller: str) -> Iterator[Reason]:
    degree, stages = request.tensor_parallel, request.pipeline_parallel
    asked, copies = request.workers, request.data_parallel
    if asked > request.gpus:
        where = f"{request.machine.name} has {request.gpus}" if request.machine else f"there are {request.gpus}"
        product = f"{degree}" + (f" x pipeline_parallel {stages}" if stages > 1 else "")
        product += f" x data-parallel-size {copies}" if copies > 1 else ""
        product += f" = {asked} GPUs" if asked > degree else ""
        yield Reason("gpus", f"tensor_parallel {product} is more than {where}: {smaller}, or take more GPUs")


def _indivisible(request: FitRequest, degree: int) -> Iterator[str]:
    shape = request.shape
    for each in shape.attentions:
        if each.heads % degree:
            yield f"its {each.heads} attention heads"
        elif each.compressed and each.compressed.out_groups % degree:
            yield f"its {each.compressed.out_groups} groups of attention output"
        elif not (each.latent and each.latent.cached) and max(each.kv_heads, degree) % min(each.kv_heads, degree):
            yield f"its {each.kv_heads} KV heads"
    for mixer in shape.mixers:
        yield from indivisible_states(mixer, degree)
    padded = -(-shape.vocab // VOCAB_MULTIPLE) * VOCAB_MULTIPLE
    if padded % degree:
        yield f"its vocabulary of {padded:,}"
    for inner in _inner_widths(request):
        if inner % degree:
            yield f"its MLP of {inner:,}"


def _inner_widths(request: FitRequest) -> tuple[int, ...]:
    """Inner widths that tensor parallelism cuts: of the experts, or of a dense model's networks."""
    whole = request.expert_parallel
    return tuple(
        part.intermediate for part in (request.shape.mlps if whole else request.shape.experts or request.shape.mlps)
    )


def _formats(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    yield from option_refusals(request, deployment)
    yield from _on_gpu(request, deployment)


def _on_gpu(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    gpu = request.gpu
    other = "float16" if takes_float16(request.shape) else "float32"
    if request.dtype == "bfloat16" and not gpu.bfloat16:
        yield Reason("dtype", f"the {gpu.name} (compute capability {gpu.capability}) has no bfloat16: dtype {other}")
    if deployment.dtype == "float16" and not takes_float16(request.shape):
        own = "bfloat16" if gpu.bfloat16 else other
        yield Reason("dtype", f"vLLM does not load {request.shape.model_type} in float16: dtype {own}")
    yield from weight_refusals(request, deployment)
    yield from _sparse_attention(request, deployment.engine)
    if request.kv_cache_dtype == "fp8_e5m2" and "fp8" in deployment.quantization.families:
        # vLLM, attention layer: "fp8_e5m2 kv-cache is not supported with fp8 checkpoints."
        yield Reason("kv_cache_dtype", "fp8_e5m2 is not for weights in FP8: kv_cache_dtype fp8")
    if (
        deployment.cache_dtype == "nvfp4"
        and gpu.capability
        and not _reads_nvfp4_cache(gpu.capability, deployment.engine)
    ):
        yield Reason(
            "kv_cache_dtype",
            f"the {gpu.name} (compute capability {gpu.capability}) has no NVFP4 KV cache in vLLM {deployment.engine}: "
            f"kv_cache_dtype {'fp8, or auto' if gpu.capability >= AMPERE_CAPABILITY else 'auto'}",
        )
    if gpu.capability is not None and gpu.capability < AMPERE_CAPABILITY and deployment.cache_dtype.startswith("fp8"):
        own = "auto" if request.kv_cache_dtype != "auto" else deployment.dtype
        yield Reason(
            "kv_cache_dtype",
            f"the {gpu.name} (compute capability {gpu.capability}) has no FP8 KV cache: kv_cache_dtype {own}",
        )


def _sparse_attention(request: FitRequest, engine: VllmVersion) -> Iterator[Reason]:
    """Sparse latent attention has kernels for Hopper and Blackwell alone (``v1/attention/backends/mla``)."""
    gpu = request.gpu
    if gpu.capability is None or not any(each.indexer and each.latent for each in request.shape.attentions):
        return
    if int(gpu.capability) not in ({9, 10, 12} if engine >= _SPARSE_ON_CONSUMER_BLACKWELL else {9, 10}):
        yield Reason(
            "engine",
            f"vLLM {engine} has no sparse attention for the {gpu.name} (compute capability {gpu.capability}), which "
            f"{request.shape.model_type} needs: an H100, H200 or B200 (p5, p5e, p5en, p6-b200)",
        )


def _reads_nvfp4_cache(capability: float, engine: VllmVersion) -> bool:
    """FlashInfer's kernels: B200 alone, and since 0.32 those of Ampere, Hopper and consumer Blackwell (its ``flashinfer.py``)."""
    return int(capability) in ({8, 9, 10, 12} if engine >= _NVFP4_CACHE_EVERYWHERE else {10})


def _kernels(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    gpu, engine = request.gpu, deployment.engine
    if gpu.capability is None:
        return
    served = of_release((engine.major, engine.minor, engine.patch))
    if not served.include(gpu.capability):
        releases = releases_for(gpu.capability)
        yield Reason(
            "engine",
            f"the images of vLLM {engine} have no kernels for the {gpu.name} (compute capability {gpu.capability}): "
            + (f"vLLM {releases}, or another GPU" if releases else "7.5 or newer, such as a T4"),
        )


def _lengths(request: FitRequest) -> Iterator[Reason]:
    shape = request.shape
    own = shape.longest(multiplied=request.engine.multiplies_yarn)
    if request.max_model_len and request.max_model_len > own and shape.positions_stated:
        yield Reason(
            "max_model_len",
            f"max_model_len {request.max_model_len:,} is beyond the model's own {own:,}: {own:,}, or rope scaling "
            "through hf-overrides, or VLLM_ALLOW_LONG_MAX_MODEL_LEN=1 at your own risk",
        )


def _predictions(request: FitRequest) -> Iterator[Reason]:
    """Multi-token prediction with none of its layers: vLLM divides by their number (``config/speculative.py``)."""
    speculation = request.speculation
    if speculation and speculation.predicts and request.shape.predicting_layers == 0:
        yield Reason(
            "speculative_config",
            f"the model has no layers for method {speculation.method} (its config.json states 0): omit speculative-config, "
            "or draft with ngram or a model of its own",
        )


def _windows(request: FitRequest) -> Iterator[Reason]:
    """Qwen2 and Qwen3 with a window in some layers alone: an assertion of ``models/qwen2.py``, in all releases up to 0.33."""
    windows = {each.window is None for each in request.shape.attentions}
    if request.shape.model_type in _ONE_WINDOW and len(windows) > 1:
        yield Reason(
            "engine",
            "vLLM does not serve a Qwen with a sliding window in some layers alone (max_window_layers): "
            "use_sliding_window false in its config.json",
        )


def _batches(deployment: Deployment) -> Iterator[Reason]:
    if deployment.batched_tokens < deployment.sequences:
        yield Reason(
            "max_num_batched_tokens",
            f"max_num_batched_tokens {deployment.batched_tokens:,} is less than max_num_seqs {deployment.sequences:,}: "
            f"max_num_seqs {deployment.batched_tokens:,}, or more batched tokens",
        )


def _startup_memory(request: FitRequest) -> Iterator[Reason]:
    """What is free at start-up must be what vLLM may take."""
    visible, together = request.gpu.visible_gib, request.tensor_parallel > 1
    taken = CONTEXT_GIB + (COLLECTIVES_GIB if together and request.engine.since(18) else 0)
    if visible > 4 * taken and request.utilization * visible > visible - 0.5 * taken:
        highest = int((1 - taken / visible) * 100) / 100
        yield Reason(
            "utilization",
            f"utilization {request.utilization} of {visible:.2f} GiB is more than what is free at start-up, about "
            f"{visible - taken:.1f} GiB: {highest}",
        )


def _quota(request: FitRequest) -> Iterator[str]:
    machine = request.machine
    if machine is None:
        return
    family = "P" if machine.family.startswith("p") else "G and VT"
    code = "L-417A185B" if family == "P" else "L-DB2E81BA"
    yield f'{machine.name} counts {machine.vcpus} vCPUs against the quota "Running On-Demand {family} instances" ({code})'


def _smaller(request: FitRequest) -> str:
    whole = request.tensor_parallel * request.pipeline_parallel
    if request.data_parallel > 1 and request.gpus >= whole:
        return f"data-parallel-size {request.gpus // whole}"
    fitting: Iterable[int] = [degree for degree in divisors(request) if degree <= request.gpus]
    return f"tensor_parallel {max(fitting, default=1)}"
