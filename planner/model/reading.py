"""Read a Hugging Face ``config.json`` into a :class:`~planner.model.architecture.ModelArchitecture`."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.model.architecture import MOST_LAYERS, ModelArchitecture, Vision
from planner.model.families import BEYOND, DEFAULTS, FAMILIES, TELLING_KEYS, TOWERS, Family
from planner.model.layers import Attention, Experts, Latent, Layer, Mlp
from planner.model.quantization import UNQUANTIZED, Quantization, UnknownQuantizationError, of_checkpoint

_NEEDED = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
_SYNONYMS = {
    "hidden_size": ("n_embd", "d_model"),
    "num_hidden_layers": ("n_layer", "num_layers"),
    "num_attention_heads": ("n_head",),
    "max_position_embeddings": ("n_positions", "max_seq_len", "seq_length"),
}
_LINEAR_LAYERS = frozenset({"linear_attention", "mamba", "mamba2", "conv", "recurrent", "linear"})
_SCALED_BY_FACTOR = frozenset({"linear", "dynamic", "yarn"})
_PATCH_CHANNELS = 3


class UnreadableConfigError(ValueError):
    """A ``config.json`` without what a language model's has; the message names what is missing."""


def read_architecture(config: Mapping[str, Any]) -> ModelArchitecture:
    """The dimensions of the model a ``config.json`` describes.

    Raises:
        UnreadableConfigError: keys are missing or of the wrong kind.
    """
    text = _language_model(config)
    values = {key: _first(text, key) for key in (*_SYNONYMS, *_NEEDED)}
    missing = [key for key in _NEEDED if not isinstance(values[key], int) or values[key] < 1]
    if missing:
        kind = config.get("model_type", "?")
        raise UnreadableConfigError(f"its config.json (model_type {kind}) has no {', '.join(missing)}")
    model_type = str(text.get("model_type") or config.get("model_type") or "")
    family = FAMILIES.get(model_type)
    uncovered = _uncovered(config, text, model_type)
    quantization, trouble = _quantization(config, text)
    family_or_llama = family or FAMILIES["llama"]
    hidden, depth = int(values["hidden_size"]), int(values["num_hidden_layers"])
    if depth > MOST_LAYERS:
        raise UnreadableConfigError(
            f"num_hidden_layers {str(depth)[:20]} is above the {MOST_LAYERS:,} a model may have"
        )
    attention = _attention(text, family, heads=int(values["num_attention_heads"]), hidden=hidden)
    rope_share = float(text.get("partial_rotary_factor") or 1.0)
    vision = _vision(config)
    return ModelArchitecture(
        model_type=model_type,
        architecture=_architecture(config, family_or_llama),
        hidden=hidden,
        layers=_layers(text, family_or_llama, attention, hidden=hidden, depth=depth),
        vocab=int(values["vocab_size"]),
        max_positions=_max_positions(text, values["max_position_embeddings"]),
        dtype=_dtype(config, text),
        tied=bool(text.get("tie_word_embeddings", config.get("tie_word_embeddings", family_or_llama.tied))),
        norm_bias=family_or_llama.norm_bias,
        learned_positions=int(values["max_position_embeddings"] or 0) if family_or_llama.learned_positions else 0,
        rope_dim=attention.latent.rope_dim if attention.latent else round(attention.head_dim * rope_share),
        vision=vision,
        quantization=quantization,
        familiar=family is not None,
        uncovered=(*uncovered, *trouble),
    )


def _language_model(config: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in ("text_config", "llm_config", "language_config"):
        nested = config.get(key)
        if isinstance(nested, Mapping):
            outer = {"model_type": TOWERS.get(str(config.get("model_type")), config.get("model_type"))}
            return _with_defaults(outer | dict(nested))
    return _with_defaults(config)


def _with_defaults(text: Mapping[str, Any]) -> Mapping[str, Any]:
    defaults = DEFAULTS.get(str(text.get("model_type")))
    return dict(defaults) | dict(text) if defaults else text


def _first(text: Mapping[str, Any], key: str) -> Any:
    return next((text[name] for name in (key, *_SYNONYMS.get(key, ())) if text.get(name) is not None), None)


def _architecture(config: Mapping[str, Any], family: Family) -> str:
    named = config.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else family.architecture


def _uncovered(config: Mapping[str, Any], text: Mapping[str, Any], model_type: str) -> list[str]:
    found = [BEYOND[kind] for kind in (model_type, str(config.get("model_type"))) if kind in BEYOND]
    found += [why for key, why in TELLING_KEYS.items() if text.get(key) or config.get(key)]
    if _LINEAR_LAYERS.intersection(text.get("layer_types") or ()):
        found.append("linear attention")
    if "vision_config" in config and str(config.get("model_type")) not in TOWERS:
        found.append("the profiling run of its vision encoder")
    if text.get("is_encoder_decoder"):
        found.append("an encoder and a decoder")
    return list(dict.fromkeys(found))


def _quantization(config: Mapping[str, Any], text: Mapping[str, Any]) -> tuple[Quantization, list[str]]:
    described = config.get("quantization_config") or text.get("quantization_config") or config.get("compression_config")
    if not described:
        return UNQUANTIZED, []
    try:
        return of_checkpoint(described), []
    except UnknownQuantizationError as error:
        return UNQUANTIZED, [str(error)]


def _dtype(config: Mapping[str, Any], text: Mapping[str, Any]) -> str:
    named = text.get("torch_dtype") or text.get("dtype") or config.get("torch_dtype") or config.get("dtype")
    dtype = str(named or "bfloat16").removeprefix("torch.")
    return "bfloat16" if dtype == "float32" else dtype  # vLLM's `auto` does not load in 32 bits


def _bias(text: Mapping[str, Any], by_family: bool) -> bool:  # noqa: FBT001  two facts of one kind
    for key in ("attention_bias", "qkv_bias", "use_qkv_bias"):
        if text.get(key) is not None:
            return bool(text[key])
    return by_family


def _qk_norm(text: Mapping[str, Any], family: Family, *, heads: int, kv_heads: int, head_dim: int) -> int:
    if family.wide_norms:
        return (heads + kv_heads) * head_dim
    return 2 * head_dim if family.head_norms or text.get("use_qk_norm") is True else 0


def _max_positions(text: Mapping[str, Any], positions: Any) -> int:
    """The longest context, as vLLM derives it: YaRN and its like multiply what the model was first trained for."""
    longest = int(positions or 2048)
    scaling = text.get("rope_scaling") or text.get("rope_parameters") or {}
    kind = str(scaling.get("rope_type") or scaling.get("type") or "")
    if kind in _SCALED_BY_FACTOR and scaling.get("factor") and text.get("model_type") != "gemma3_text":
        factor = float(scaling["factor"])
        original = scaling.get("original_max_position_embeddings") if kind == "yarn" else None
        return int((original or longest) * factor)
    return longest


def _attention(text: Mapping[str, Any], family: Family | None, *, heads: int, hidden: int) -> Attention:
    head_dim = int(text.get("head_dim") or (hidden // heads))
    kv_heads = int(text.get("num_key_value_heads") or heads)
    implied = family or FAMILIES["llama"]
    return Attention(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        value_dim=head_dim,
        latent=_latent(text),
        qkv_bias=_bias(text, implied.qkv_bias),
        o_bias=bool(text.get("attention_bias", False) if family is FAMILIES["llama"] else implied.o_bias),
        qk_norm=_qk_norm(text, implied, heads=heads, kv_heads=kv_heads, head_dim=head_dim),
        sinks=implied.sinks,
    )


def _layers(
    text: Mapping[str, Any], family: Family, attention: Attention, *, hidden: int, depth: int
) -> tuple[Layer, ...]:
    mlp = Mlp(
        intermediate=int(text.get("intermediate_size") or text.get("ffn_dim") or 4 * hidden),
        gated=family.gated_mlp,
        bias=bool(text.get("mlp_bias", family.mlp_bias)),
    )
    experts = _experts(text)
    mixtures = _mixture_layers(text, depth) if experts else frozenset()
    kinds = [(window, index in mixtures) for index, window in enumerate(_windows(text, family, depth))]
    made = {
        (window, mixed): Layer(
            mixers=(replace(attention, window=window),),
            feed_forward=(experts if experts and mixed else mlp,),
            norms=family.layer_norms,
        )
        for window, mixed in dict.fromkeys(kinds)
    }
    return tuple(made[kind] for kind in kinds)


def _windows(text: Mapping[str, Any], family: Family, layers: int) -> tuple[int | None, ...]:
    window = text.get("sliding_window")
    if not window or text.get("use_sliding_window") is False:
        return (None,) * layers
    kinds = text.get("layer_types")
    if isinstance(kinds, list) and len(kinds) >= layers:
        windows = tuple(int(window) if "sliding" in str(kind) else None for kind in kinds[:layers])
    else:
        every = text.get("sliding_window_pattern") or text.get("_sliding_window_pattern") or family.window_every
        full = int(every) if isinstance(every, int) else 0
        windows = tuple(None if full and (index + 1) % full == 0 else int(window) for index in range(layers))
    return windows


def _latent(text: Mapping[str, Any]) -> Latent | None:
    if not text.get("kv_lora_rank"):
        return None
    return Latent(
        q_rank=text.get("q_lora_rank"),
        kv_rank=int(text["kv_lora_rank"]),
        nope_dim=int(text["qk_nope_head_dim"]),
        rope_dim=int(text["qk_rope_head_dim"]),
        value_dim=int(text["v_head_dim"]),
    )


def _experts(text: Mapping[str, Any]) -> Experts | None:
    count = next((text[key] for key in ("num_local_experts", "n_routed_experts", "num_experts") if text.get(key)), None)
    if not count or int(count) < 2:
        return None
    inner = int(text.get("moe_intermediate_size") or text.get("intermediate_size") or 0)
    shared = int(text.get("shared_expert_intermediate_size") or 0)
    if text.get("n_shared_experts"):
        shared = int(text["n_shared_experts"]) * inner
    return Experts(
        count=int(count),
        per_token=int(text.get("num_experts_per_tok") or text.get("experts_per_token") or 1),
        intermediate=inner,
        shared_intermediate=shared,
        shared_gate=bool(text.get("shared_expert_intermediate_size")),
        router_bias=text.get("topk_method") == "noaux_tc" or text.get("model_type") == "gpt_oss",
        bias=text.get("model_type") == "gpt_oss",
    )


def _mixture_layers(text: Mapping[str, Any], depth: int) -> frozenset[int]:
    """Indices of the layers that have experts; the others are dense."""
    first = int(text.get("first_k_dense_replace") or 0)
    step = int(text.get("decoder_sparse_step") or text.get("moe_layer_freq") or 1)
    dense = set(text.get("mlp_only_layers") or ())
    shifted = 1 if text.get("decoder_sparse_step") else 0
    return frozenset(index for index in range(first, depth) if index not in dense and (index + shifted) % step == 0)


def _vision(config: Mapping[str, Any]) -> Vision | None:
    """A vision transformer's parameters: attention, MLP, patches and positions; a projector of two layers."""
    tower = config.get("vision_config")
    if not isinstance(tower, Mapping):
        return None
    width = int(tower.get("hidden_size") or tower.get("embed_dim") or 0)
    inner = int(tower.get("intermediate_size") or math.ceil(width * float(tower.get("mlp_ratio") or 4)))
    depth = int(tower.get("num_hidden_layers") or tower.get("depth") or 0)
    patch = int(tower.get("patch_size") or 14)
    gates = 3 if tower.get("hidden_act") == "silu" else 2
    text_width = int((config.get("text_config") or {}).get("hidden_size") or config.get("hidden_size") or 0)
    blocks = depth * (4 * width * width + gates * width * inner)
    positions = (int(tower.get("image_size") or 0) // patch) ** 2 * width
    merged = int(config.get("spatial_merge_size") or 1) ** 2
    projector = text_width * width * merged + (text_width * text_width if config.get("projector_hidden_act") else 0)
    return Vision(parameters=blocks + positions + patch * patch * _PATCH_CHANNELS * width + projector)
