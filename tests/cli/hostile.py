"""Configurations and options nobody would write on purpose, made from those people do write."""

import copy
import json
from typing import Any

from hypothesis import strategies as st

from planner.catalog.gpus import known_gpus
from planner.catalog.instances import instance_types
from planner.catalog.models import known_models

_HYBRIDS: tuple[dict[str, Any], ...] = (
    {
        "model_type": "nemotron_h", "architectures": ["NemotronHForCausalLM"], "hidden_size": 2688,
        "num_hidden_layers": 8, "hybrid_override_pattern": "MEM*EME-", "num_attention_heads": 32,
        "num_key_value_heads": 2, "head_dim": 128, "mamba_num_heads": 64, "mamba_head_dim": 64, "ssm_state_size": 128,
        "n_groups": 8, "conv_kernel": 4, "n_routed_experts": 128, "num_experts_per_tok": 6,
        "moe_intermediate_size": 1856, "intermediate_size": 1856, "vocab_size": 131072,
        "max_position_embeddings": 262144, "mlp_hidden_act": "relu2",
    },
    {
        "model_type": "qwen3_next", "architectures": ["Qwen3NextForCausalLM"], "hidden_size": 2048,
        "num_hidden_layers": 8, "num_attention_heads": 16, "num_key_value_heads": 2, "head_dim": 256,
        "linear_num_key_heads": 16, "linear_num_value_heads": 32, "linear_key_head_dim": 128,
        "linear_value_head_dim": 128, "linear_conv_kernel_dim": 4, "full_attention_interval": 4, "num_experts": 512,
        "num_experts_per_tok": 10, "moe_intermediate_size": 512, "shared_expert_intermediate_size": 512,
        "intermediate_size": 5120, "vocab_size": 151936, "max_position_embeddings": 262144,
    },
    {
        "model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"],
        "text_config": {
            "model_type": "gemma3_text", "hidden_size": 2560, "num_hidden_layers": 34, "intermediate_size": 10240,
            "sliding_window": 1024, "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
        },
        "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27, "intermediate_size": 4304, "patch_size": 14, "image_size": 896},
    },
    {
        "model_type": "falcon_h1", "architectures": ["FalconH1ForCausalLM"], "hidden_size": 2048,
        "num_hidden_layers": 24, "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 128,
        "intermediate_size": 4096, "mamba_d_ssm": 3072, "mamba_d_state": 256, "mamba_n_heads": 48, "mamba_d_head": 64,
        "mamba_n_groups": 1, "mamba_d_conv": 4, "vocab_size": 65537, "max_position_embeddings": 131072,
    },
    {
        "model_type": "nomic_bert", "architectures": ["NomicBertModel"], "n_embd": 768, "n_layer": 12, "n_head": 12,
        "n_inner": 3072, "n_positions": 2048, "vocab_size": 30528,
    },
    {
        "model_type": "unheard_of", "architectures": ["UnheardOfForCausalLM"], "dim": 4096, "n_layers": 32,
        "n_heads": 32, "n_kv_heads": 8, "ffn_hidden_size": 14336, "vocab_size": 32000, "seq_length": 8192,
    },
)  # fmt: skip

_KEYS = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "intermediate_size",
    "vocab_size", "max_position_embeddings", "torch_dtype", "dtype", "rope_scaling", "rope_parameters", "layer_types",
    "sliding_window", "quantization_config", "quantization", "num_local_experts", "num_experts_per_tok",
    "moe_intermediate_size", "n_routed_experts", "first_k_dense_replace", "kv_lora_rank", "q_lora_rank", "v_head_dim",
    "model_type", "architectures", "text_config", "vision_config", "tie_word_embeddings", "attention_bias",
    "use_sliding_window", "sliding_window_pattern", "ssm_state_size", "layers_block_type", "num_kv_shared_layers",
    "decoder_sparse_step", "mlp_only_layers", "n_shared_experts", "partial_rotary_factor", "is_encoder_decoder",
    "block_configs", "compression_config", "hybrid_override_pattern", "index_topk", "hidden_act", "auto_map",
    "num_nextn_predict_layers", "model_max_length", "seq_length",
)  # fmt: skip

_NUMBERS = st.sampled_from(
    [0, 1, -1, 2, 3, 7, -128, 2**31, 2**63, 10**12, 10**400, 0.5, -0.0, 1e308, 4096.0, float("nan"), float("inf"), float("-inf")]
)  # fmt: skip
_TEXTS = st.one_of(
    st.sampled_from(
        ["", "4096", "bfloat16", "int8", "torch.float16", "full_attention", "null", "re:(((", "\ud800", "a\nb"]
    ),
    st.text(max_size=12),
)
_PLAIN = st.one_of(st.none(), st.booleans(), _NUMBERS, st.integers(), st.floats(), _TEXTS)
VALUES = st.recursive(
    _PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(_KEYS) | _TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)
_QUANTIZATIONS = st.fixed_dictionaries(
    {"quant_method": st.sampled_from(["fp8", "awq", "gptq", "compressed-tensors", "modelopt", "mxfp4", "bitsandbytes", "", "quark"])},
    optional={
        "bits": VALUES, "group_size": VALUES, "weight_block_size": VALUES, "config_groups": VALUES, "ignore": VALUES,
        "modules_to_not_convert": VALUES, "quant_algo": VALUES, "quantized_layers": VALUES, "quantization": VALUES,
        "load_in_4bit": VALUES, "kv_cache_scheme": VALUES,
    },
)  # fmt: skip
_CONFIGS = [dict(known.config) for known in known_models()] + list(_HYBRIDS)


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """A published configuration with one to five of its keys, at any depth, changed, added or removed."""
    config = copy.deepcopy(draw(st.sampled_from(_CONFIGS)))
    for _ in range(draw(st.integers(1, 5))):
        place = config
        nested = [value for value in config.values() if isinstance(value, dict)]
        if nested and draw(st.booleans()):
            place = draw(st.sampled_from(nested))
        key = draw(st.sampled_from(sorted(place)) if place and draw(st.booleans()) else st.sampled_from(_KEYS))
        change = draw(st.sampled_from(["remove", "value", "value", "number", "scale", "quantization"]))
        if change == "remove":
            place.pop(key, None)
        elif change == "scale" and type(place.get(key)) is int:
            place[key] = (
                place[key]
                * draw(st.sampled_from([-1, 0, 2, 3, 10**3, 10**6, 10**9]))
                // draw(st.sampled_from([1, 2, 7, 64]))
            )
        elif change == "quantization":
            config["quantization_config"] = draw(_QUANTIZATIONS)
        else:
            place[key] = draw(_NUMBERS if change == "number" else VALUES)
    return config


def _option(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[str]]:
    return st.one_of(st.just([]), st.just([]), values.map(lambda value: [name, str(value)]))


_COUNTS = st.one_of(st.integers(1, 64), st.sampled_from([0, -1, 2**31, 10**30, "nan", "", "x"]))
_SHARES = st.one_of(st.floats(0.05, 1.0), st.sampled_from([0, -1, 2, "nan", "inf", "1e400", ""]))
_LENGTHS = st.one_of(
    st.integers(1, 200_000), st.sampled_from(["16k", "16K", "1M", "0", "-1", "", "1.5K", "nan", "9" * 5000])
)
_CACHES = st.sampled_from(["auto", "fp8", "fp8_e5m2", "bfloat16", "fp8_ds_mla", "fp9", ""])
_SPECULATIVE = st.one_of(
    st.sampled_from(["", "{", "[]", "1", "[" * 5000, '{"method": "ngram", "num_speculative_tokens": 3}']),
    st.fixed_dictionaries(
        {},
        optional={
            "method": st.sampled_from(["eagle", "mtp", "ngram", "draft_model", 3, None]),
            "model": st.sampled_from(["Qwen/Qwen3-0.6B", "./nowhere", "", 3, None]),
            "num_speculative_tokens": VALUES,
            "draft_tensor_parallel_size": VALUES,
        },
    ).map(json.dumps),
)
_VERSIONS = st.one_of(
    st.integers(8, 33).map(lambda minor: f"0.{minor}"),
    st.sampled_from(["0.6", "0.99", "1.0", "latest", "", "0." + "9" * 50]),
)
_MACHINES = st.one_of(
    st.sampled_from(sorted(known_gpus())).map(lambda name: ["--gpu", name]),
    st.sampled_from(sorted(instance_types())).map(lambda name: ["--instance", name]),
    st.sampled_from([[], ["--gpu", "H1000"], ["--gpu", "L4", "--instance", "g6.xlarge"], ["--gpu", "\udcff"]]),
)


@st.composite
def fit_options(draw: st.DrawFn) -> list[str]:
    """Options of ``llm-plan fit``, most of them right."""
    parts = [
        draw(_MACHINES),
        draw(_option("--visible-gib", st.one_of(st.floats(1, 300), _SHARES))),
        draw(_option("--gpus", _COUNTS)),
        draw(_option("--tp", _COUNTS)),
        draw(_option("--pp", _COUNTS)),
        draw(_option("--utilization", _SHARES)),
        draw(_option("--max-model-len", _LENGTHS)),
        draw(_option("--max-num-seqs", _COUNTS)),
        draw(_option("--max-num-batched-tokens", st.one_of(st.integers(1, 100_000), _COUNTS))),
        draw(_option("--concurrency", _COUNTS)),
        draw(_option("--cpu-offload-gb", st.one_of(st.floats(0, 100), _SHARES))),
        draw(_option("--kv-cache-dtype", _CACHES)),
        draw(_option("--quantization", st.sampled_from(["fp8", "awq", "bitsandbytes", "mxfp4", "gguf", "", "x"]))),
        draw(_option("--dtype", st.sampled_from(["auto", "float16", "float32", "int8", ""]))),
        draw(_option("--vllm", _VERSIONS)),
        draw(st.sampled_from([[], ["--enforce-eager"]])),
        draw(
            st.sampled_from([[], [], ["--enable-lora"], ["--enable-expert-parallel"], ["--no-enable-prefix-caching"]])
        ),
        draw(_option("--data-parallel-size", _COUNTS)),
        draw(_option("--max-lora-rank", _COUNTS)),
        draw(_option("--block-size", _COUNTS)),
        draw(_option("--kv-cache-memory-bytes", st.sampled_from(["8G", "1", "0", "-1", "", "nan", "9" * 40]))),
        draw(_option("--num-gpu-blocks-override", _COUNTS)),
        draw(_option("--mamba-ssm-cache-dtype", st.sampled_from(["float32", "auto", "x", ""]))),
        draw(_option("--speculative-config", _SPECULATIVE)),
    ]
    return [word for part in parts for word in part]


@st.composite
def recommend_options(draw: st.DrawFn) -> list[str]:
    """Options of ``llm-plan recommend``, most of them right."""
    parts = [
        ["--context", str(draw(_LENGTHS))],
        draw(_option("--concurrency", _COUNTS)),
        draw(_option("--utilization", _SHARES)),
        draw(_option("--kv-cache-dtype", _CACHES)),
        draw(_option("--vllm", _VERSIONS)),
        draw(_option("--show", _COUNTS)),
    ]
    return [word for part in parts for word in part]
