"""Keys that bear on no memory."""

import pytest

from planner.model.harmless import is_harmless


@pytest.mark.parametrize(
    "name",
    [
        "pad_token_id",
        "image_token_index",
        "attention_dropout",
        "attn_logit_softcapping",
        "rope_scaling",
        "n_group",
        "use_mtp",
    ],
)
def test_some_names_bear_on_nothing(name: str) -> None:
    assert is_harmless(name, "brandnew")


@pytest.mark.parametrize(
    "name", ["expert_token_id", "rope_head_dim", "layer_dropout", "rotary_kv_rank", "output_dim", "moe_eps"]
)
def test_a_pattern_matches_no_structure(name: str) -> None:
    assert not is_harmless(name, "llama")


def test_some_do_in_one_family() -> None:
    assert is_harmless("block_ff_dim", "lfm2")
    assert not is_harmless("block_ff_dim", "brandnew")
