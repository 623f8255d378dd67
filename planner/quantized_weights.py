"""What keeps vLLM from loading quantized weights: the format, the release, the GPU, and groups that tensor parallelism cuts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.defaults import resolved_quantization, takes_float16
from planner.memory.deployment import Deployment
from planner.memory.vllm_version import VllmVersion
from planner.model.layers import Attention, Layer, Mlp
from planner.model.quantization import NEED_A_CHECKPOINT, Part, Quantization, Scheme
from planner.request import FitRequest, Reason
from planner.vllm_options.releases import newest, releases
from planner.vllm_options.table import values

FP4_COMPUTE = 10.0
"""Compute capability since which GPUs compute in FP4; others load such weights and compute in 16 bits."""
ONLINE_MXFP4 = 28
OWN_FILE_READ = 10
_LETS_MERGED_BLOCKS_BE_CUT = 14
"""Since when blocks of FP8 may be cut at the seams of queries, keys and values (``_maybe_allow_fp8_block_shape_mismatch``)."""
_NAMES_OF: Mapping[str, tuple[str, ...]] = {
    "auto-round": ("auto-round", "inc"),
    "modelopt_fp4": ("modelopt_fp4", "nvfp4"),
}
"""Names that a method has in vLLM's table of methods, where a release has another than the files."""
_BEHIND_AN_OPTION: Mapping[str, int] = {"fbgemm_fp8": 14, "fp_quant": 14}
"""Methods that vLLM loads with ``--allow-deprecated-quantization`` only, and since when."""
_TRAITS: Mapping[str, tuple[int, str]] = {
    "sparse": (22, "no longer loads weights with 2:4 sparsity (sparsity_config)"),
    "exllama": (22, "loads GPTQ in symmetric groups of 4 or 8 bits only"),
    "act_order": (30, "no longer loads groups in the order of activations (desc_act, actorder)"),
}
"""Releases that took a form away: ``compressed_tensors.py`` and ``auto_gptq.py`` of 0.22.1, ``gptq_utils.py`` of 0.30."""
_LEAST: Mapping[str, tuple[tuple[int, float], ...]] = {
    "bitsandbytes": ((0, 7.0),),
    "compressed-tensors/int4": ((0, 8.0), (12, 7.5)),
    "compressed-tensors/int8": ((0, 7.5),),
    "experts_int8": ((0, 8.0),),
    "fp_quant": ((0, 10.0),),
    "hqq": ((0, 8.0),),
    "modelopt_fp8": ((0, 8.9), (27, 8.0)),
    "modelopt_mixed": ((0, 8.9), (24, 8.0)),
    "fp4": ((0, 10.0), (9, 8.0)),
    "fp8": ((0, 8.0),),
    "int4": ((0, 7.5),),
    "mxfp4": ((0, 8.0),),
    "mxfp8": ((0, 10.0), (20, 8.0)),
    "sparse": ((0, 9.0),),
}
"""Least compute capability of a method or family, since a minor release: ``get_min_capability`` of 0.8.5 to 0.33.

Where vLLM has kernels for 7.5 that compute FP8 and FP4 in 16 bits (since 0.14), 8.0 is wanted here all the same: a T4 has no
bfloat16, and those kernels are slow on it.
"""
_ANY_DTYPE = frozenset({"bitsandbytes", "compressed-tensors", "gguf", "torchao"})
"""Methods that compute in float32 as well (``get_supported_act_dtypes`` of 0.11 to 0.33)."""
_BFLOAT16_ALONE = frozenset({"fp_quant", "modelopt_mxfp8", "mxfp4"})
_NAMES = {"fp4": "NVFP4", "int4": "INT4", "int8": "INT8", "sparse": "2:4 sparse"}
_TAKE = {
    7.0: "a V100, or newer",
    7.5: "a T4 (g4dn), or newer, or the model in 16 bits",
    8.0: "take an A10G, L4 or L40S (g5, g6, g6e), or a model in 16 bits, AWQ or GPTQ",
    8.9: "take an L4 or L40S (g6, g6e), or a newer vLLM",
    9.0: "take an H100 or H200 (p5, p5e)",
    10.0: "take a B200 (p6-b200), or a model in FP8",
}


def weight_refusals(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    """Why vLLM would not load the weights, whatever the memory."""
    stored, engine = request.shape.quantization, deployment.engine
    if stored.not_loaded:
        yield Reason("quantization", stored.not_loaded)
        return
    yield from _release(request, deployment.quantization, engine)
    lacking = tuple(_capability(request, deployment.quantization, engine))
    yield from lacking or _dtype(request, deployment)


def option_refusals(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    """Why ``--quantization`` and the weights do not go together."""
    asked, stored, engine = request.quantization, request.shape.quantization, deployment.engine
    if stored.not_loaded:
        return
    if not asked:
        if "own_file" in stored.traits and not engine.since(OWN_FILE_READ):
            yield Reason(
                "quantization",
                f"vLLM {engine} does not look for hf_quant_config.json: quantization "
                f"{'modelopt' if stored.family == 'fp8' else 'modelopt_fp4'}, or vLLM 0.{OWN_FILE_READ} or newer",
            )
        return
    online = engine.since(ONLINE_MXFP4) if asked == "mxfp4" else asked not in NEED_A_CHECKPOINT
    if not stored.method and not online:
        others = "fp8 or bitsandbytes" if _minor(engine) in _served("bitsandbytes") else "fp8"
        yield Reason(
            "quantization",
            f"{asked} needs weights that are quantized so already, these are in 16 bits: name the {asked} model itself "
            f"(the memory is what it takes), or quantization {others}, which vLLM applies while it loads",
        )
    elif stored.method and resolved_quantization(request) is not stored:
        yield Reason(
            "quantization",
            f"{asked} does not match the weights, which are quantized with {stored.method}: leave quantization out",
        )


def weight_notes(request: FitRequest, deployment: Deployment) -> Iterator[str]:
    """What of quantized weights is worth knowing."""
    gpu, families = request.gpu, deployment.quantization.families
    if families & {"fp8", "mxfp8"} and gpu.fp8_weights and not gpu.fp8:
        yield f"the {gpu.name} does not compute in FP8: weights stay small, computing is in 16 bits"
    if families & {"fp4", "mxfp4"} and gpu.capability is not None and gpu.capability < FP4_COMPUTE:
        yield f"the {gpu.name} does not compute in FP4: weights stay small, computing is in 16 bits"
    if request.kv_cache_dtype == "auto" and deployment.cache_dtype != "auto":
        own = request.shape.quantization.kv_cache == deployment.cache_dtype
        why = "the checkpoint has scales for it, and vLLM follows it" if own else "vLLM's choice for this model and GPU"
        yield f"the KV cache is in {deployment.cache_dtype.upper()}: {why}"
    since = _BEHIND_AN_OPTION.get(deployment.quantization.method)
    if since is not None and deployment.engine.since(since):
        method = deployment.quantization.method
        yield f"vLLM {deployment.engine} loads {method} weights with --allow-deprecated-quantization only"


def least_capability(quantization: Quantization, scheme: Scheme, engine: VllmVersion) -> float:
    """Compute capability that a release of vLLM needs for weights of a scheme."""
    method, family = quantization.method, scheme.family
    known = next(_LEAST[key] for key in (f"{method}/{family}", method, family, "int4") if key in _LEAST)
    return next(capability for since, capability in reversed(known) if engine.since(since))


def _release(request: FitRequest, quantization: Quantization, engine: VllmVersion) -> Iterator[Reason]:
    method, served, minor = quantization.method, _served(quantization.method), _minor(engine)
    while_loading = request.quantization and not request.shape.quantization.method
    other = "quantization fp8" if while_loading else "an AWQ, GPTQ or FP8 checkpoint"
    if served and minor < min(served):
        yield Reason("quantization", f"vLLM {engine} has no {method}: vLLM 0.{min(served)} or newer, or {other}")
    elif served and minor > max(served):
        yield Reason("quantization", f"vLLM {engine} has no {method}: {other}, or vLLM 0.{max(served)}")
    for trait, (since, what) in _TRAITS.items():
        if trait in quantization.traits and engine.since(since):
            yield Reason("quantization", f"vLLM {engine} {what}: another checkpoint, or vLLM 0.{since - 1}")


def _served(method: str) -> frozenset[int]:
    """Minor releases of vLLM that have a method; empty for one that the table of options lacks."""
    known = values("quantization")
    return frozenset(each.minor for name in _NAMES_OF.get(method, (method,)) for each in known.get(name, ()))


def _minor(engine: VllmVersion) -> int:
    """The minor release of the table of options that an engine is judged by."""
    first, last = releases()[0].minor, newest().minor
    return min(max(engine.minor, first), last) if engine.major == 0 else last


def _capability(request: FitRequest, quantization: Quantization, engine: VllmVersion) -> Iterator[Reason]:
    gpu = request.gpu
    if gpu.capability is None:
        return
    wanted = [(least_capability(quantization, scheme, engine), scheme) for scheme in quantization.schemes]
    needed, scheme = max(wanted, key=lambda each: each[0], default=(0.0, None))
    if scheme and gpu.capability < needed:
        name = _NAMES.get(scheme.family, scheme.family.upper())
        if scheme.family == "int4" and needed < 8.0:
            yield Reason(
                "quantization",
                f"AWQ and GPTQ kernels want compute capability {needed}, the {gpu.name} has {gpu.capability}: 16 bits",
            )
            return
        yield Reason(
            "quantization",
            f"{name} weights want compute capability {needed}, the {gpu.name} has {gpu.capability}: {_TAKE[needed]}",
        )
    if "w4a8_fp8" in quantization.traits and gpu.capability != 9.0:
        yield Reason(
            "quantization",
            f"INT4 weights with FP8 activations run on compute capability 9.0 alone, the {gpu.name} has {gpu.capability}: "
            f"{_TAKE[9.0]}",
        )


def _dtype(request: FitRequest, deployment: Deployment) -> Iterator[Reason]:
    """Number formats of activations that the method does not compute in."""
    method, dtype = deployment.quantization.method, deployment.dtype
    if not method or method in _ANY_DTYPE:
        return
    computes = {"bfloat16"} if method in _BFLOAT16_ALONE else {"bfloat16", "float16"}
    if dtype in computes:
        return
    here = {each for each in computes if request.gpu.bfloat16 or each != "bfloat16"}
    here -= set() if takes_float16(request.shape) else {"float16"}
    named = "" if request.dtype != "auto" else f", which is what auto comes to on the {request.gpu.name}"
    fix = f"dtype {' or '.join(sorted(here))}" if here else "another GPU, or the model in 16 bits"
    yield Reason("dtype", f"{method} weights do not go with dtype {dtype}{named}: {fix}")


@dataclass(frozen=True)
class _Cut:
    """A width that tensor parallelism cuts, and the module that has it."""

    what: str
    width: int
    module: str
    part: Part = Part.LINEAR
    rows: bool = False
    """Whether it is the output of the module rather than its input."""


def cut_groups(request: FitRequest, quantization: Quantization, degrees: tuple[int, ...]) -> Iterator[Reason]:
    """Refuse a degree that cuts weights that share a scale.

    Args:
        request: The request.
        quantization: How the weights are loaded.
        degrees: Degrees the model divides by otherwise.
    """
    degree = request.tensor_parallel
    seen: set[tuple[str, int]] = set()
    for kind in request.shape.kinds():
        for cut in _cuts(kind.layer, degree, whole_experts=request.expert_parallel):
            if cut.rows and quantization.method == "fp8" and request.engine.since(_LETS_MERGED_BLOCKS_BE_CUT):
                continue
            copies = request.data_parallel if cut.part is Part.EXPERTS else 1
            ranks = degree * copies
            scheme = quantization.scheme(f"layers.{kind.first}.{cut.module}", cut.part)
            group = (scheme.rows if cut.rows else scheme.group) if scheme and ranks > 1 else 0
            if not group or (cut.what, group) in seen or not (cut.width // ranks) % group:
                continue
            seen.add((cut.what, group))
            fitting = " or ".join(str(other) for other in degrees if not (cut.width // (other * copies)) % group)
            experts = ", or expert parallelism" if cut.part is Part.EXPERTS else ""
            yield Reason(
                "tensor_parallel",
                f"tensor_parallel {degree} leaves {cut.width // ranks} of the {cut.what} {cut.width:,} to each GPU, which "
                f"cuts the {quantization.method} groups of {group}: {fitting or 'another checkpoint'}{experts}",
            )


def _cuts(layer: Layer, degree: int, *, whole_experts: bool) -> Iterator[_Cut]:
    for attention in layer.attentions:
        yield from _attention_cuts(attention, degree)
    for part in layer.feed_forward:
        if isinstance(part, Mlp):
            yield _Cut("inner", part.intermediate, "mlp.down_proj")
            continue
        if not whole_experts:
            yield _Cut("inner", part.intermediate, "mlp.experts.0.down_proj", Part.EXPERTS)
        if part.shared_intermediate:
            yield _Cut("shared experts' inner", part.shared_intermediate, "mlp.shared_experts.down_proj")


def _attention_cuts(attention: Attention, degree: int) -> Iterator[_Cut]:
    yield _Cut("heads' width", attention.heads * attention.value_dim, "self_attn.o_proj")
    if attention.latent is None and not attention.shares_kv:
        copies = max(1, degree // attention.kv_heads)
        yield _Cut("keys' width", attention.kv_heads * attention.head_dim * copies, "self_attn.k_proj", rows=True)
