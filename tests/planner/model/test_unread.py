"""Keys that no reader looked at: which make a model unknown, and which bear on nothing."""

from typing import Any

import pytest

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
    ],
)
def test_what_bears_on_nothing_is_not(changes: dict[str, Any]) -> None:
    assert uncovered(**changes) == ()


def test_many_are_named_in_part() -> None:
    found = uncovered(**{f"extra_expert_size_{number}": 4 for number in range(20)})
    assert "14 more" in found[0]


def test_a_family_that_is_known_may_have_keys_of_its_own() -> None:
    assert read_architecture(llama(n_loop_layers=3)).uncovered == ()
