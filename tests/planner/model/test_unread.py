"""Keys that no reader looked at: which make a model unknown, and which bear on nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.models import KnownModel, known_models
from planner.model.keys import UnreadableConfigError
from planner.model.parameters import total
from planner.model.reading import read_architecture
from tests.planner.configs import llama


def uncovered(**changes: Any) -> tuple[str, ...]:
    return read_architecture(llama(model_type="brandnew", hidden_act="silu", **changes)).uncovered


@pytest.mark.parametrize(
    "changes",
    [
        {"moe_expert_num": 64},
        {"query_group_count": 4},
        {"cla_share_factor": 2},
        {"kv_share_factor_size": 2},
        {"num_extra_heads": 2},
        {"ffn_width": 4096},
        {"n_loop_layers": 3},
        {"adapter_rank": 16},
        {"memory_slots_dim": 128},
        {"swa_num_attention_heads": [8] * 16},
        {"side_network": {"hidden_size": 512}},
        {"attention_other_setting": {"heads": {"num_attention_heads": 8}}},
        {"router_expert_number": 64},
        {"routing_experts": 64},
        {"router_experts_total": 64},
        {"num_router_experts": 64},
        {"embedding_size": 128},
        {"audio_num_layers": 24},
        {"prefix_layers": 4},
        {"aux_layers": [4, 8]},
        {"image_experts": 8},
        {"use_moe": True},
        {"moe": {"n": 8}},
        {"moe": {"n": "8"}},
        {"vocab_size_per_layer_input": 262144},
        {"output_dim": 4096},
        {"memory_tokens_dim": 256},
        {"n_routed_expert": "64"},
        {"width_of_each_layer": [512, 1024]},
        {"quantity": 2},
        {"enable_mamba_mixer": True},
        {"ffn_dim": 4096},  # another width than intermediate_size, under a name that is usual elsewhere
        {"extra": [{"a": [[2]]}]},
    ],
)
def test_what_looks_like_a_count_or_a_width_is_named(changes: dict[str, Any]) -> None:
    found = uncovered(**changes)
    assert any(next(iter(changes)) in name for name in found), found


@pytest.mark.parametrize(
    "changes",
    [
        {"bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": 0},
        {"rope_theta": 1e6, "rotary_emb_base": 10000, "attention_dropout": 0.1, "hidden_dropout_prob": 0.1},
        {"rms_norm_eps": 1e-5, "layer_norm_eps": 1e-5, "initializer_range": 0.02},
        {"router_aux_loss_coef": 0.001, "n_group": 8, "topk_group": 4, "routed_scaling_factor": 2.5},
        {"logits_scaling": 8, "attn_logit_softcapping": 50.0, "query_pre_attn_scalar": 256},
        {"num_nextn_predict_layers": 1, "pretraining_tp": 1, "use_cache": True, "transformers_version": "4.57.0"},
        {"id2label": {"0": "A"}, "auto_map": {"AutoConfig": "x.Y"}, "torch_dtype": "bfloat16"},
        {"num_extra_heads": 0, "extra_experts": None, "head_note": "text", "has_kv_thing": True},
        {"embedding_multiplier": 12.0, "num_mtp_modules": 3, "use_mtp": True, "top_k": 50, "n_ctx": 4096},
        {"n_embd": 2048, "ffn_dim": 8192},  # a second name of the same width
    ],
)
def test_what_bears_on_nothing_is_not(changes: dict[str, Any]) -> None:
    assert uncovered(**changes) == ()


def test_many_are_named_in_part() -> None:
    found = uncovered(**{f"extra_expert_size_{number}": 4 for number in range(20)})
    assert "14 more" in found[0]


@pytest.mark.parametrize("kind", ["int", "list", "object", "switch"])
@given(
    before=st.sampled_from(
        ["", "router_", "routing_", "aux_", "image_", "token_", "rope_", "use_", "output_", "mtp", "x"]
    ),
    word=st.sampled_from(["expert", "layer", "head", "hidden", "ffn", "moe", "mamba", "kv_rank", "dim", "block"]),
    after=st.sampled_from(
        ["", "s", "_token", "_size", "_number", "_eps_count", "_theta", "_loss_coef", "_dropout", "_id"]
    ),
)
def test_no_affix_hides_a_structure(kind: str, before: str, word: str, after: str) -> None:
    value = {"int": 64, "list": [64], "object": {"n": 64}, "switch": True}[kind]
    name = f"{before}{word}{after}"
    if (kind == "switch" and word not in {"expert", "moe", "mamba"}) or name in {"head_size", "hidden_size"}:
        return  # no structure, or read
    try:
        shape = read_architecture(llama(model_type="brandnew", hidden_act="silu", **{name: value}))
    except UnreadableConfigError:
        return
    assert shape.uncovered or shape.experts, name


@pytest.mark.parametrize(
    ("model_type", "changes"),
    [
        ("llama", {"n_loop_layers": 3}),
        ("llama", {"expert_count": 64}),
        ("llama", {"moe_intermediate_size": 512}),
        ("qwen2", {"n_shared_experts": 2}),
        ("qwen2", {"use_moe": True}),
        ("mistral", {"mamba_d_state": 128}),
        ("qwen3", {"linear_num_value_heads": 32}),
        ("opt", {"word_embed_proj_dim": 512}),
        ("gemma", {"moe": {"num_experts": 8}}),
        ("llama", {"num_cross_attention_layers": 8}),
    ],
)
def test_a_family_that_is_known_has_no_part_that_was_not_read(model_type: str, changes: dict[str, Any]) -> None:
    assert read_architecture(llama(model_type=model_type, **changes)).uncovered


def test_experts_in_a_dense_family_are_computed() -> None:
    shape = read_architecture(llama(num_experts=64, moe_intermediate_size=512, num_experts_per_tok=4))
    assert [each.count for each in shape.experts] == [64]


def test_a_family_that_is_known_may_have_keys_of_its_own() -> None:
    own = {"attn_note": 3, "word_embed_proj_dim": 2048, "max_window_layers": 28, "num_experts": 1, "moe_topk": 2}
    assert read_architecture(llama(**own)).uncovered == ()


def test_what_is_not_said_of_an_unknown_family_decides() -> None:
    shape = read_architecture(llama(model_type="brandnew", hidden_act="silu", tie_word_embeddings=None))
    assert shape.uncovered == ("whether its output layer is its embedding (tie_word_embeddings)",)


@pytest.mark.thorough
@pytest.mark.parametrize("model", known_models(), ids=lambda model: model.name)
def test_a_model_of_another_name_is_computed_or_unknown(model: KnownModel) -> None:
    try:
        shape = read_architecture(_renamed(dict(model.config)))
    except UnreadableConfigError:
        return
    if not shape.uncovered and not shape.unmeasured:
        assert total(shape) == pytest.approx(total(model.shape), rel=0.03)


def _renamed(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with a type nobody knows, of the language model within too."""
    within = {key: _renamed(value) for key, value in config.items() if key in {"text_config", "thinker_config"}}
    return config | within | {"model_type": "brandnew"}


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400])
def test_a_number_without_end_in_an_unread_key_is_no_exception(value: float) -> None:
    config = {"model_type": "bert", "architectures": ["BertModel"], "hidden_size": 64, "num_hidden_layers": 2}
    config |= {"intermediate_size": 256, "num_attention_heads": 4, "vocab_size": 1000, "max_position_embeddings": 512}
    assert read_architecture(config | {"hidden_act": "gelu", "decoder_sparse_step": value}).layers
