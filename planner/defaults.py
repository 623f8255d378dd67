"""Fill in what a request leaves to vLLM's defaults."""

import re

from planner.catalog.gpus import BLACKWELL, capability_family
from planner.memory.deployment import Deployment
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import Quantization, of_method, reads
from planner.request import FitRequest
from planner.units import GIB

_DTYPES = {"half": "float16", "float": "float32"}
_GLM_IN_FP8_SINCE = 32
_NOT_IN_FLOAT16 = re.compile(r"(Gemma2|Gemma3|Gemma3Text|Glm4)(For[A-Z]\w*|Model)")
"""Classes of the types that vLLM does not load in float16 (``_FLOAT16_NOT_SUPPORTED_MODELS`` in ``config/model.py``)."""


def apply_vllm_defaults(request: FitRequest) -> Deployment:
    """The deployment a request means.

    Raises:
        UnknownQuantizationError: nothing is known of its quantization.
    """
    shape, gpu = request.shape, request.gpu
    engine = request.engine if request.engine.covered else VllmVersion(*MODELED_VERSION)
    longest = request.max_model_len or _usual_length(shape, engine)
    sequences = request.max_num_seqs or engine.default_sequences(gpu.name, gpu.visible_gib)
    batched = request.max_num_batched_tokens
    if batched is None:
        batched = min(engine.default_batched_tokens(gpu.name, gpu.visible_gib), sequences * longest)
    if request.max_num_seqs is None:
        sequences = min(sequences, batched)
    return Deployment(
        shape=shape,
        gpu=gpu.name,
        visible=gpu.visible_gib * GIB,
        visible_measured=gpu.measured,
        nvlink=gpu.nvlink,
        tensor_parallel=request.tensor_parallel,
        pipeline_parallel=min(request.pipeline_parallel, len(shape.layers)),  # more stages than layers are refused
        dtype=resolved_dtype(request),
        quantization=resolved_quantization(request),
        cache_dtype=resolved_cache_dtype(request, engine),
        utilization=request.utilization,
        max_model_len=longest,
        sequences=sequences,
        batched_tokens=batched,
        eager=request.enforce_eager,
        engine=engine,
        capability=gpu.capability,
        offload=request.offload_gib * GIB,
        data_parallel=request.data_parallel,
        expert_parallel=request.expert_parallel,
        redundant_experts=request.redundant_experts,
        context_parallel=request.context_parallel,
        cache=request.cache,
        lora=request.lora,
        speculation=request.speculation,
    )


def _usual_length(shape: ModelArchitecture, engine: VllmVersion) -> int:
    """``max_model_len`` where none is given."""
    if shape.usual_positions and engine.starts_longrope_short:
        return shape.usual_positions
    return shape.longest(multiplied=engine.multiplies_yarn)


def resolved_dtype(request: FitRequest) -> str:
    """What ``--dtype`` comes to: ``auto`` is the model's own where GPU and model have that (``_resolve_auto_dtype``).

    Else bfloat16, where the GPU has none float16, and for a model that does not go in that float32, twice as large.
    """
    if request.dtype != "auto":
        return _DTYPES.get(request.dtype, request.dtype)
    if takes_float16(request.shape):
        return request.shape.dtype if request.gpu.bfloat16 else "float16"
    return "bfloat16" if request.gpu.bfloat16 else "float32"


def takes_float16(shape: ModelArchitecture) -> bool:
    """Whether vLLM loads the model in float16: not so Gemma 2 and 3, nor GLM 4 of 2025, whose numbers it cannot hold."""
    return not _NOT_IN_FLOAT16.fullmatch(shape.architecture)


def resolved_quantization(request: FitRequest) -> Quantization:
    """How the linear layers are stored: as the checkpoint says, or as vLLM quantizes them while it loads."""
    stored, asked = request.shape.quantization, request.quantization
    return stored if not asked or reads(asked, stored) else of_method(asked)


def resolved_cache_dtype(request: FitRequest, engine: VllmVersion) -> str:
    """Number format of the KV cache: ``auto`` is the checkpoint's, where it has scales and the release reads them.

    Read in ``utils/torch_utils.py`` (ModelOpt's, since 0.14) and ``layers/attention/attention.py`` (compressed-tensors', since
    0.16).
    """
    quantization = request.shape.quantization
    if request.kv_cache_dtype != "auto":
        return request.kv_cache_dtype
    since = 16 if quantization.method == "compressed-tensors" else 14
    if quantization.kv_cache and engine.since(since):
        return quantization.kv_cache
    return "fp8" if _follows_gpu(request, engine) else "auto"


def _follows_gpu(request: FitRequest, engine: VllmVersion) -> bool:
    """Whether ``auto`` is FP8 by the model and the GPU: GLM 5 on a B200 since 0.32 (``models/config.py``)."""
    return (
        request.shape.architecture == "GlmMoeDsaForCausalLM"
        and capability_family(request.gpu.capability) == BLACKWELL
        and engine.since(_GLM_IN_FP8_SINCE)
    )
