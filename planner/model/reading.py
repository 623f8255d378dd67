"""Read a Hugging Face ``config.json`` into a :class:`~planner.model.architecture.ModelArchitecture`.

One step from anything a file may hold to numbers that are checked. What it cannot place makes the architecture
``uncovered``, with names, rather than wrong.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.model.aliases import EXPERT_INTERMEDIATE, EXPERTS, HEADS, HIDDEN, LAYERS, SHARED_EXPERTS, VOCABULARY
from planner.model.architecture import MOST_LAYERS, ModelArchitecture
from planner.model.assembly import read_layers
from planner.model.blocks import listed_depth, needs_heads, read_blocks
from planner.model.compressed import COMPRESSED
from planner.model.families import BEYOND, FAMILIES, PLAIN, PLAIN_ENCODER, Family
from planner.model.families.hybrids import HYBRIDS
from planner.model.keys import MOST, Keys, UnreadableConfigError
from planner.model.layers import Attention
from planner.model.nesting import Nested, language_model
from planner.model.networks import read_gate
from planner.model.positions import UNSTATED, read_positions
from planner.model.quantization import UNQUANTIZED, Quantization, UnknownQuantizationError, of_files
from planner.model.shaped_blocks import replaces_with_linear
from planner.model.ties import is_tied, may_be_tied
from planner.model.towers import read_vision, uncovered_parts, unmeasured_parts
from planner.model.unread import unread_dimensions
from planner.model.weight_schemes import evaluate_names
from planner.shown import one_line, shortened

__all__ = ["UnreadableConfigError", "read_architecture"]

_MOST_VOCABULARY = 100_000_000
_DTYPES = {
    "bfloat16": "bfloat16",
    "float16": "float16",
    "half": "float16",
    "float32": "bfloat16",  # vLLM's `auto` does not load in 32 bits
    "float": "bfloat16",
    "auto": "bfloat16",
}
_SEES_ALL = ("LlamaBidirectional", "LlamaNemotronVL")
_ENCODER = re.compile(r"bert|electra|mpnet|(^|_)esm|jina_embeddings_v3")


def read_architecture(config: Mapping[str, Any]) -> ModelArchitecture:
    """The dimensions of the model a ``config.json`` describes.

    Raises:
        UnreadableConfigError: keys are missing, of the wrong kind, or out of bounds.
    """
    _refuse_adapter(config)
    nested = language_model(config)
    beyond = tuple(dict.fromkeys(BEYOND[kind] for kind in _kinds(nested) if kind in BEYOND))
    try:
        return _read(config, nested, beyond)
    except UnreadableConfigError:
        if not beyond:
            raise
        # Of a family with keys of its own nothing is computed anyway.
        return ModelArchitecture(
            model_type=nested.model_type,
            architecture=_architecture(config, PLAIN),
            hidden=0,
            layers=(),
            vocab=0,
            max_positions=UNSTATED,
            positions_stated=False,
            uncovered=beyond,
        )


def _refuse_adapter(config: Mapping[str, Any]) -> None:
    """Files that are found beside a model, or in its place, and describe none."""
    if "peft_type" in config or ("base_model_name_or_path" in config and "model_type" not in config):
        raise UnreadableConfigError(
            "it is an adapter's configuration: give the model that it was made for, with enable-lora"
        )
    if "speculators_config" in config:
        raise UnreadableConfigError(
            "it is a draft's configuration in the form of speculators, which the planner does not read: give the model that "
            "it drafts for"
        )


def _read(config: Mapping[str, Any], nested: Nested, beyond: tuple[str, ...]) -> ModelArchitecture:
    keys, model_type = nested.text, nested.model_type
    known = FAMILIES.get(model_type)
    family = known or (PLAIN_ENCODER if _ENCODER.search(model_type) else PLAIN)
    hidden = _needed(nested, HIDDEN, usual=HIDDEN[0])
    vocab = _needed(nested, VOCABULARY, usual="vocab_size", most=_MOST_VOCABULARY)
    names = family.keys.get(LAYERS[0], LAYERS)
    depth = listed_depth(keys) or _needed(nested, names, usual=LAYERS[0], most=MOST_LAYERS)
    blocks = read_blocks(keys, model_type, depth)
    if needs_heads(blocks) and not isinstance(keys.raw(*HEADS), list):
        _needed(nested, HEADS, usual=HEADS[0])
    gated = read_gate(keys, known, model_type, encoder=family.encoder, hidden=hidden)
    layers = read_layers(
        keys,
        family,
        model_type,
        hidden=hidden,
        depth=depth,
        blocks=blocks,
        gated=gated is not False,
        causal=_is_causal(nested, _architecture(config, family)),
    )
    positions = read_positions(keys, model_type)
    attention = next((each for layer in layers for each in layer.attentions), None)
    vision = read_vision(nested, hidden)
    quantization, trouble = _quantization(config, keys)
    tied = is_tied(nested, family, _architecture(config, family))
    (dtype, stored_dtype), rope_dim = _dtypes(nested), _rope_dim(keys, attention)
    parts = tuple(uncovered_parts(nested, vision))
    uncovered = (*_uncovered(nested, known, layers, blocks, gated), *parts)
    # Last: everything that is read has been read.
    unread = unread_dimensions(keys, model_type, known=known is not None)
    shape = ModelArchitecture(
        model_type=model_type,
        architecture=_architecture(config, family),
        hidden=hidden,
        layers=layers,
        vocab=vocab,
        draft_vocab=keys.count("draft_vocab_size", least=0, most=_MOST_VOCABULARY) or 0,
        predicting_layers=keys.stated_predicting(),
        max_positions=positions.longest,
        multiplied_positions=positions.multiplied,
        usual_positions=positions.usual,
        positions_stated=positions.stated,
        dtype=dtype,
        stored_dtype=stored_dtype,
        tied=tied,
        norm_bias=family.norm_bias,
        final_norm=family.final_norm,
        learned_positions=positions.longest if family.learned_positions else 0,
        extra_parameters=_extra(keys, family, hidden=hidden, vocab=vocab, depth=depth),
        rope_dim=rope_dim,
        state_dtype=_state_dtype(keys),
        vision=vision,
        quantization=quantization,
        familiar=known is not None,
        # Of a family that is beyond the planner its keys need no names.
        uncovered=(*beyond, *(part for part in parts if not any(part in said for said in beyond)))
        if beyond
        else tuple(dict.fromkeys((*uncovered, *((f"the keys {', '.join(unread)}",) if unread else ()), *trouble))),
        unmeasured=tuple(unmeasured_parts(nested, vision)),
    )
    if known is None and may_be_tied(nested, shape):
        said = "whether its output layer is its embedding (tie_word_embeddings)"
        shape = replace(shape, uncovered=(*shape.uncovered, said))
    evaluate_names(shape)
    return shape


def _needed(nested: Nested, names: tuple[str, ...], *, usual: str, most: int = MOST) -> int:
    """A number without which nothing is computed.

    In a configuration within another the default of its class counts: those are written without what equals it.
    """
    found = nested.text.count(*names, most=most) if _stated(nested, names) else None
    if found is None:
        kind = shortened(one_line(nested.model_type or "?"))
        raise UnreadableConfigError(f"its config.json (model_type {kind}) has no {nested.text.where(usual)}")
    return found


def _stated(nested: Nested, names: tuple[str, ...]) -> bool:
    return nested.within or nested.text.has(*names, *nested.text.own_names(*names))


def _is_causal(nested: Nested, architecture: str) -> bool:
    """Whether a token sees only those before it; not so in embedding models made of decoders.

    EmbeddingGemma and others say so by a key, of which Gemma's may be a text ("vision"); of others vLLM knows it by the class
    (``model_executor/models/config.py``).
    """
    if architecture.startswith(_SEES_ALL):
        return False
    both = (nested.text, nested.outer)
    return not any(keys.raw("is_causal") is False or keys.raw("use_bidirectional_attention") is True for keys in both)


def _kinds(nested: Nested) -> tuple[str, ...]:
    return nested.model_type, str(nested.outer.values.get("model_type"))


def _architecture(config: Mapping[str, Any], family: Family) -> str:
    named = Keys(config).texts("architectures")
    return named[0][:200] if named else family.architecture


def _uncovered(
    nested: Nested,
    known: Family | None,
    layers: tuple[Any, ...],
    blocks: tuple[str, ...] | None,
    gated: bool | None,  # noqa: FBT001  three-valued
) -> Iterator[str]:
    keys, model_type = nested.text, nested.model_type
    if blocks is None and model_type in HYBRIDS and not keys.has("layer_types", "layers_block_type"):
        yield "which of its layers have attention (layers_block_type or layer_types)"
    if blocks and "other" in blocks:
        yield "layers of a kind that is not known (layer_types)"
    if not all(layer.mixers or layer.feed_forward for layer in layers):
        yield "layers whose dimensions the configuration does not give"
    if nested.text.flag("is_encoder_decoder") or nested.outer.flag("is_encoder_decoder"):
        yield "an encoder and a decoder"
    if not any(name in keys.values for name in EXPERTS) and any(
        keys.has(*names) and isinstance(found := keys.raw(*names), int) and found > 1
        for names in (EXPERT_INTERMEDIATE, SHARED_EXPERTS)
    ):
        yield "how many experts there are (num_experts)"
    if model_type in COMPRESSED and not all(each.compressed for layer in layers for each in layer.attentions):
        yield "compressed attention whose ranks, groups or ratios the configuration does not give"
    if replaces_with_linear(keys, len(layers)):
        yield "layers that are one projection instead (block_configs)"
    if known is None and any(not layer.feed_forward for layer in layers) and not blocks:
        yield "the inner width of its networks (intermediate_size)"
    if gated is None and any(layer.mlps or layer.experts for layer in layers):
        yield "whether its networks have a gate, which neither model_type nor activation shows"
    if known is None and any(each.latent and not each.latent.cached for layer in layers for each in layer.attentions):
        yield f"whether vLLM caches the compressed keys of model_type {shortened(one_line(model_type))}"
    if known is None and str(keys.raw("position_embedding_type")) in {"absolute", "learned", "learned_absolute"}:
        yield "learned positions" if not _ENCODER.search(model_type) else "an unknown encoder's positions"


def _quantization(config: Mapping[str, Any], keys: Keys) -> tuple[Quantization, list[str]]:
    if keys.has("attn_res_block_size"):
        config = _with_experts_in_mxfp4(config, keys)
    try:
        return of_files(config, keys.values), []
    except UnknownQuantizationError as error:
        return UNQUANTIZED, [str(error)]


def _with_experts_in_mxfp4(config: Mapping[str, Any], keys: Keys) -> Mapping[str, Any]:
    """The configuration of Kimi K3 as vLLM rewrites it: experts in MXFP4, all else in 16 bits (``models/config.py``)."""
    stated = config.get("quantization_config") or keys.values.get("quantization_config")
    named = stated if isinstance(stated, Mapping) else {}
    if named.get("format") != "mxfp4-pack-quantized":
        return config
    return {**config, "quantization_config": {"quant_method": "mxfp4"}}


def _dtypes(nested: Nested) -> tuple[str, str | None]:
    """What vLLM's ``auto`` loads, and what the configuration states of the files, where it does: 32 bits too."""
    names = ("torch_dtype", "dtype")
    keys = nested.text if nested.text.has(*names) else nested.outer
    stated = keys.text(*names)
    if not stated:
        return "bfloat16", None
    dtype = stated.removeprefix("torch.")
    if dtype not in _DTYPES:
        name = next((name for name in names if keys.has(name)), names[0])
        raise keys.wrong(name, "bfloat16, float16 or float32")
    return _DTYPES[dtype], "float32" if dtype in {"float32", "float"} else _DTYPES[dtype]


def _state_dtype(keys: Keys) -> str | None:
    # Qwen 3.5 has the first name, Nemotron-H the second.
    names = ("mamba_ssm_dtype", "mamba_ssm_cache_dtype")
    named = keys.text(*names)
    if named is not None and named not in {"float32", "float16", "bfloat16", "auto"}:
        raise keys.wrong(next(name for name in names if keys.has(name)), "bfloat16, float16 or float32")
    return None if named == "auto" else named


def _rope_dim(keys: Keys, attention: Attention | None) -> int:
    share = keys.number("partial_rotary_factor", "rotary_pct", most=1.0)
    if attention is None:
        return 0
    if attention.latent:
        return attention.latent.rope_dim
    return round(attention.head_dim * (share or 1.0))


def _extra(keys: Keys, family: Family, *, hidden: int, vocab: int, depth: int) -> int:
    """Parameters of embeddings of token types, of their norm and of a pooler; of embeddings for each layer (Gemma 4)."""
    kinds = keys.count("type_vocab_size", least=0) or 0
    if family.encoder:
        pooler = hidden * (hidden + 1) if family.pooler else 0
        return kinds * hidden + (2 * hidden if family.embedding_norm else 0) + pooler
    width = keys.count("hidden_size_per_layer_input", least=0) or 0
    rows = (
        keys.count("vocab_size_per_layer_input", least=0) if keys.has("hidden_size_per_layer_input") else 0
    ) or vocab
    # The default of its class is not 0, but every published model without them says 0, and shares no KV layers.
    if not width or not (keys.has("hidden_size_per_layer_input") or keys.has("num_kv_shared_layers")):
        return 0
    return depth * width * (rows + 3 * hidden) + width + depth * hidden
