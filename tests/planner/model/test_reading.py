"""What a ``config.json`` says, what it leaves to its family, and what it shows to be beyond the planner."""

from typing import Any

import pytest

from planner.model.architecture import MOST_LAYERS, ModelArchitecture
from planner.model.layers import Attention, Mlp
from planner.model.parameters import total
from planner.model.reading import UnreadableConfigError, read_architecture
from tests.planner.configs import LATENT, llama


def heads(queries: int, keys: int, dim: int) -> Attention:
    return Attention(heads=queries, kv_heads=keys, head_dim=dim, value_dim=dim)


def windows(config: dict[str, Any]) -> list[int | None]:
    return [layer.attentions[0].window for layer in read_architecture(config).layers]


def mixture_layers(shape: ModelArchitecture) -> list[int]:
    return [index for index, layer in enumerate(shape.layers) if layer.experts]


def test_the_plain_keys() -> None:
    shape = read_architecture(llama())
    assert (shape.hidden, len(shape.layers), shape.attentions) == (2048, 16, (heads(32, 8, 64),))
    assert shape.mlps == (Mlp(intermediate=8192),)
    assert (shape.vocab, shape.max_positions, shape.dtype) == (128256, 131072, "bfloat16")
    assert shape.tied
    assert shape.familiar
    assert shape.uncovered == ()


@pytest.mark.parametrize("key", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(UnreadableConfigError, match=rf"model_type llama\) has no {key}"):
        read_architecture(llama(**{key: None}))


def test_older_names_of_keys() -> None:
    old = {"model_type": "gpt_new", "n_embd": 64, "n_layer": 2, "n_head": 4, "n_inner": 256}
    old |= {"vocab_size": 1000, "n_positions": 512}
    shape = read_architecture(old)
    assert (shape.hidden, len(shape.layers), shape.attentions) == (64, 2, (heads(4, 4, 16),))
    assert (shape.mlps, shape.max_positions) == ((Mlp(intermediate=256),), 512)


def test_an_unknown_type_with_the_standard_keys_is_a_llama_like_decoder() -> None:
    shape = read_architecture(llama(model_type="brandnew", architectures=["BrandNewForCausalLM"], hidden_act="silu"))
    assert not shape.familiar
    assert shape.uncovered == ()
    assert total(shape) == total(read_architecture(llama()))


@pytest.mark.parametrize(
    ("model_type", "why"),
    [
        ("zamba2", "share weights"),
        ("nemotron_h", "which of its layers have attention"),
        ("kimi_linear", "which of its layers have attention"),
        ("deepseek_v4", "compressed attention"),
        ("recurrentgemma", "recurrent"),
        ("gemma3n", "per-layer embeddings"),
        ("mllama", "cross-attention"),
    ],
)
def test_what_is_beyond_the_planner_has_a_name(model_type: str, why: str) -> None:
    assert why in read_architecture(llama(model_type=model_type)).uncovered[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mamba_d_state": 128}, "the keys mamba_d_state"),
        ({"layer_types": ["linear_attention", "full_attention"] * 8}, "of a kind that is not known"),
        ({"is_encoder_decoder": True}, "encoder and a decoder"),
        ({"vision_config": {"image_size": 448}}, "names neither width nor depth"),
        ({"audio_config": {"hidden_size": 1280, "depth": 4}}, "audio encoder"),
        ({"speech_encoder": {"hidden_size": 1280, "depth": 4}}, "the part speech_encoder"),
        ({"per_layer_config": [{"ffn": {}}] * 16}, "layers of different shapes"),
        ({"intermediate_size": None}, "the inner width of its networks"),
        ({"hidden_act": "gelu"}, "whether its networks have a gate"),
        ({"kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64}, "caches the compressed keys"),
        ({"num_shared_blocks": 4}, "the keys num_shared_blocks"),
        ({"router": {"expert_width": 64}}, "the keys router"),
        ({"position_embedding_type": "learned_absolute"}, "learned positions"),
    ],
)
def test_keys_tell_what_the_type_does_not(changes: dict[str, Any], why: str) -> None:
    assert any(why in name for name in read_architecture(llama(model_type="brandnew", **changes)).uncovered)


def test_a_sliding_window_that_is_switched_off_is_none() -> None:
    assert (
        read_architecture(llama(model_type="qwen2", sliding_window=4096, use_sliding_window=False)).attentions[0].window
        is None
    )


def test_windows_by_layer_types_by_pattern_and_for_all() -> None:
    kinds = ["sliding_attention", "full_attention"] * 8
    assert windows(llama(sliding_window=128, layer_types=kinds)) == [128, None] * 8
    pattern = windows(llama(model_type="gemma3_text", sliding_window=512, num_hidden_layers=12))
    assert pattern == ([512] * 5 + [None]) * 2
    assert windows(llama(model_type="mistral", sliding_window=4096)) == [4096] * 16


def test_a_language_model_inside_a_vision_model() -> None:
    text = llama(model_type=None, num_attention_heads=None, num_key_value_heads=None, vocab_size=None)
    tower = {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "patch_size": 14}
    shape = read_architecture({"model_type": "gemma3", "text_config": text, "vision_config": tower})
    assert shape.model_type == "gemma3_text"
    assert (shape.attentions[0].heads, shape.attentions[0].kv_heads, shape.vocab) == (8, 4, 262208)
    assert shape.vision is not None
    assert 0.35e9 < shape.vision.parameters < 0.45e9
    assert shape.uncovered == ()


def test_latent_attention_and_experts() -> None:
    experts = {"n_routed_experts": 64, "num_experts_per_tok": 6, "moe_intermediate_size": 1408, "n_shared_experts": 2}
    shape = read_architecture(llama(model_type="deepseek_v2", first_k_dense_replace=1, **LATENT, **experts))
    assert shape.latent is not None
    assert (shape.latent.kv_rank, shape.rope_dim) == (512, 64)
    assert [(each.count, each.shared_intermediate) for each in shape.experts] == [(64, 2816)]
    assert mixture_layers(shape) == list(range(1, 16))


def test_layers_without_experts() -> None:
    changes = {"num_experts": 8, "decoder_sparse_step": 2, "mlp_only_layers": [1], "moe_intermediate_size": 256}
    shape = read_architecture(llama(model_type="qwen3_moe", **changes))
    assert mixture_layers(shape) == list(range(3, 16, 2))


def test_a_model_in_32_bits_is_loaded_in_16() -> None:
    assert read_architecture(llama(torch_dtype="float32")).dtype == "bfloat16"
    assert read_architecture(llama(torch_dtype=None, dtype="float16")).dtype == "float16"


def test_a_quantization_nothing_is_known_of_is_uncovered() -> None:
    shape = read_architecture(llama(quantization_config={"quant_method": "quip_sharp"}))
    assert any("quip_sharp" in name for name in shape.uncovered)


def test_more_layers_than_any_model_has_are_refused_at_once() -> None:
    with pytest.raises(UnreadableConfigError, match=r"num_hidden_layers .* 1000000000: a whole number from 1 to 2,000"):
        read_architecture(llama(num_hidden_layers=10**9))
    assert len(read_architecture(llama(num_hidden_layers=MOST_LAYERS)).layers) == MOST_LAYERS


@pytest.mark.parametrize("key", ["mamba_ssm_dtype", "mamba_ssm_cache_dtype"])
def test_the_number_format_of_states_is_read_under_both_names(key: str) -> None:
    assert read_architecture(llama() | {key: "float32"}).state_dtype == "float32"
    assert read_architecture(llama()).state_dtype is None
    with pytest.raises(UnreadableConfigError, match=key):
        read_architecture(llama() | {key: "int8"})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-3.1-8B", "r": 16},
            "an adapter's configuration",
        ),
        (
            {"speculators_model_type": "eagle3", "speculators_config": {"algorithm": "eagle3"}},
            "a draft's configuration",
        ),
    ],
)
def test_what_describes_no_model_is_called_what_it_is(config: dict[str, Any], said: str) -> None:
    with pytest.raises(UnreadableConfigError, match=said):
        read_architecture(config)


def test_a_family_beyond_the_planner_says_so_and_nothing_else() -> None:
    config = llama(model_type="deepseek_v41", compress_ratios=[0, 4] * 8, hc_mult=4, o_lora_rank=1024, o_groups=8)
    (said,) = read_architecture(config).uncovered
    assert said.startswith("compressed attention")
