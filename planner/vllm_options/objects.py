"""What the keys inside an option's JSON value do, at any depth.

Keys are those of vLLM 0.32's classes below ``vllm/config/``. For an option in `KEYS` a key that is not listed is the
platform's. The others go to the model's processor or to the sampler as they are, so any key may be there but one that
loads, opens or sends something.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from planner.vllm_options.classes import Kind, Level
from planner.vllm_options.references import Reference, classify_reference, parse_json

Found: TypeAlias = tuple[tuple[str, ...], Level, Kind, str]

_LOADS: Final = re.compile(
    r"auto_?map|trust_(remote_code|repo)|custom_(generate|pipelines?|code)|.*plugin.*|.*_?module_path|.*_cls|.*_class(es)?"
    r"|inductor_passes|inductor_compile_config|code_revision|_target_|__class__|py/object|.*callback.*"
)
_OPENS: Final = re.compile(
    r"(.*_)?(path|paths|dir|directory|folder|file|files|filename|uri)|name_or_path|_name_or_path|cache_root"
)
_SENDS: Final = re.compile(r"(.*_)?(endpoint|url|urls|host|hosts|hostname|ip|addr|address|port|ports|proxy|server)")
_POSITIONS: Final = {
    *("rope_scaling", "rope_parameters", "rope_theta", "rope_type", "type", "factor", "max_position_embeddings"),
    *("original_max_position_embeddings", "attention_factor", "beta_fast", "beta_slow", "short_factor", "long_factor"),
    *("low_freq_factor", "high_freq_factor", "mscale", "mscale_all_dim", "partial_rotary_factor", "mrope_section"),
    *("text_config", "truncate", "finetuned", "full_attention", "sliding_attention", "rope_local_base_freq"),
}
_SPECULATIVE: Final = {
    *("method", "model", "num_speculative_tokens", "prompt_lookup_max", "prompt_lookup_min", "enforce_eager"),
    *("draft_tensor_parallel_size", "tensor_parallel_size", "quantization", "moe_backend", "attention_backend"),
    *("kv_cache_dtype", "max_model_len", "revision", "index_share_for_mtp_iteration", "disable_padded_drafter_batch"),
    *("disable_eagle_block_drop", "use_local_argmax_reduction", "use_heterogeneous_vocab", "parallel_drafting"),
    *("num_speculative_tokens_per_batch_size", "suffix_decoding_max_tree_depth", "suffix_decoding_max_spec_factor"),
    *("suffix_decoding_max_cached_requests", "suffix_decoding_min_token_prob", "rejection_sample_method"),
    *("synthetic_acceptance_rates", "synthetic_acceptance_length", "enable_adaptive_verification"),
    *("draft_sample_method", "dspark_draft_topk", "disable_by_batch_size", "speculative_token_tree"),
}
_COMPILATION: Final = {
    *("mode", "level", "backend", "compile_cache_save_format", "custom_ops", "ir_enable_torch_wrap", "splitting_ops"),
    *("compile_mm_encoder", "cudagraph_mm_encoder", "encoder_cudagraph_token_budgets", "cudagraph_decoder_replay"),
    *("encoder_cudagraph_max_vision_items_per_batch", "encoder_cudagraph_max_frames_per_batch", "compile_sizes"),
    *("decoder_replay_cudagraph_capture_sizes", "decoder_replay_trim_threshold", "compile_ranges_endpoints"),
    *("cudagraph_mode", "cudagraph_num_of_warmups", "cudagraph_capture_sizes", "cudagraph_copy_inputs", "use_inductor"),
    *("cudagraph_specialize_lora", "use_inductor_graph_partition", "pass_config", "max_cudagraph_capture_size"),
    *("dynamic_shapes_config", "fast_moe_cold_start", "use_cudagraph", "full_cuda_graph", "fuse_norm_quant"),
    *("fuse_act_quant", "fuse_attn_quant", "eliminate_noops", "fuse_allreduce_rms", "enable_qk_norm_rope_fusion"),
    *("fuse_rope_kvcache_cat_mla", "fuse_act_padding", "fuse_mla_dual_rms_norm", "fuse_rope_kvcache", "enable_sp"),
    *("fuse_qk_norm_rope_kvcache", "rope_kvcache_fusion_max_token_num", "fi_allreduce_fusion_max_size_mb"),
    *("fuse_gemm_comms", "sp_min_token_num", "type", "evaluate_guards", "assume_32_bit_indexing"),
    *("enable_fusion", "enable_noop", "enable_attn_fusion", "enable_sequence_parallelism", "enable_async_tp"),
    *("enable_fi_allreduce_fusion",),
}
_STRUCTURED: Final = {
    *("backend", "disable_any_whitespace", "disable_additional_properties", "disable_fallback", "reasoning_parser"),
    "enable_in_reasoning",
}
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "compilation-config": frozenset(_COMPILATION),
    "hf-overrides": frozenset(_POSITIONS),
    "speculative-config": frozenset(_SPECULATIVE),
    "structured-outputs-config": frozenset(_STRUCTURED),
}
"""Options whose keys are listed, with the keys a team may set."""
OBJECTS: Final = frozenset(
    {
        *KEYS,
        *("attention-config", "aux-output-config", "custom-histogram-buckets", "default-chat-template-kwargs"),
        *("diffusion-config", "engram-config", "eplb-config", "ir-op-priority", "kernel-config", "limit-mm-per-prompt"),
        *("media-io-kwargs", "mm-processor-kwargs", "override-generation-config", "pooler-config"),
        *("quantization-config", "reasoning-config", "watermark-config", "rope-scaling", "override-pooler-config"),
    }
)
"""Options that take an object."""
_FREE_TEXTS: Final = frozenset(
    {
        *("default-chat-template-kwargs", "override-generation-config", "quantization-config", "reasoning-config"),
        *("ir-op-priority", "custom-histogram-buckets"),
    }
)
"""Their texts are sentences, patterns or names of layers; none is opened or imported."""
DRAFTERS: Final = frozenset({"ngram", "[ngram]"})
"""Draft models that are no models (``SpeculativeConfig.__post_init__`` of ``vllm/config/speculative.py``)."""
_BUILT_IN_BACKENDS: Final = frozenset({"", "eager", "inductor"})


def inside(name: str, value: Any, model: str | None) -> Iterator[Found]:
    """Everything in an option's object that not every team may set: the keys to it, and what it does."""
    read = parse_json(value)
    if isinstance(read, str) and (found := classify_reference(read)) is not None:
        yield (), Level.PLATFORM, *_points(found)
    yield from _walk(name, (), read, model)


def _walk(name: str, path: tuple[str, ...], value: Any, model: str | None) -> Iterator[Found]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            here = (*path, *str(key).split("."))
            judged = list(_of_key(name, here, item, model))
            yield from judged
            if not judged:
                yield from _walk(name, here, parse_json(item), model)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(name, path, parse_json(item), model)
    elif (
        isinstance(value, str)
        and path
        and not _is_text(name, path)
        and (found := classify_reference(value)) is not None
    ):
        yield path, Level.PLATFORM, *_points(found)


def _of_key(name: str, path: tuple[str, ...], item: Any, model: str | None) -> Iterator[Found]:
    # A number or a switch loads and opens nothing; what trusts code is a switch, which is on for any truthy value.
    pointing = isinstance(item, str | list | Mapping)
    for spelled in path:
        key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", spelled).replace("-", "_").lower().rstrip("+")
        if _LOADS.fullmatch(key) and (pointing or (item and key.startswith("trust_"))):
            yield path, Level.PLATFORM, Kind.CODE, "loads code"
            return
        if _OPENS.fullmatch(key) and pointing:
            yield path, Level.PLATFORM, Kind.FILES, "names a file or a folder"
            return
        if _SENDS.fullmatch(key) and pointing:
            yield path, Level.PLATFORM, Kind.DATA, "names another host"
            return
    key = path[-1].replace("-", "_").lower().rstrip("+")
    if name == "default-chat-template-kwargs" and key == "chat_template":
        yield path, Level.APPROVER, Kind.REQUESTS, "replaces the model's own chat template"
    elif name == "hf-overrides" and key not in KEYS[name]:
        yield path, Level.APPROVER, Kind.SOURCE, "changes how the model is read, beyond its positions"
    elif name in KEYS and key not in KEYS[name]:
        yield path, Level.PLATFORM, Kind.UNKNOWN, "is not a key that this version knows to be harmless"
    elif name == "compilation-config" and key == "backend" and item not in _BUILT_IN_BACKENDS:
        yield path, Level.PLATFORM, Kind.CODE, "imports the compiler that its value names"
    elif name == "speculative-config":
        yield from _speculative(path, key, item, model)


def _speculative(path: tuple[str, ...], key: str, item: Any, model: str | None) -> Iterator[Found]:
    text = str(item) if isinstance(item, str | int | float) and not isinstance(item, bool) else ""
    if key == "method" and text == "custom_class":
        yield path, Level.PLATFORM, Kind.CODE, "imports the class that the draft model names"
    elif key == "model" and text and text != model and text not in DRAFTERS:
        match classify_reference(text):
            case Reference.REPOSITORY | None:
                yield path, Level.APPROVER, Kind.SOURCE, f"takes a draft model from another repository, {text}"
            case Reference.IMPORT:
                yield path, Level.PLATFORM, Kind.CODE, "names a Python class, which vLLM would import"
            case Reference.FILE | Reference.ADDRESS:
                yield path, Level.PLATFORM, Kind.FILES, "takes a draft model from a folder or an address"


def _is_text(name: str, path: tuple[str, ...]) -> bool:
    """Whether a text is judged elsewhere, or points to nothing: operators are called ``vllm.unified_attention``."""
    return name in _FREE_TEXTS or (name, path[-1]) in {
        ("speculative-config", "model"),
        ("speculative-config", "revision"),
        ("compilation-config", "splitting_ops"),
        ("compilation-config", "custom_ops"),
    }


def _points(found: Reference) -> tuple[Kind, str]:
    return {
        Reference.FILE: (Kind.FILES, "names a file or a folder"),
        Reference.ADDRESS: (Kind.DATA, "names an address"),
        Reference.IMPORT: (Kind.CODE, "names a Python object"),
        Reference.REPOSITORY: (Kind.SOURCE, "names another repository"),
    }[found]
