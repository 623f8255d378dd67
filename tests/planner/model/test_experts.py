"""Which layers have experts, how many and how wide, in the words of many families."""

from typing import Any

import pytest

from planner.model.experts import mixture_layers
from planner.model.keys import Keys, UnreadableConfigError
from planner.model.reading import read_architecture
from tests.planner.configs import llama

DEPTH = 8


def layers(**keys: Any) -> list[int]:
    return sorted(mixture_layers(Keys(keys), DEPTH, None))


@pytest.mark.parametrize(
    ("keys", "indices"),
    [
        ({}, range(8)),
        ({"first_k_dense_replace": 3}, range(3, 8)),
        ({"num_dense_layers": 2}, range(2, 8)),
        ({"decoder_sparse_step": 2}, [1, 3, 5, 7]),
        ({"decoder_sparse_step": 2, "mlp_only_layers": [1, 7]}, [3, 5]),
        ({"interleave_moe_layer_step": 2}, [1, 3, 5, 7]),
        ({"moe_layers": [0, 5]}, [0, 5]),
        ({"moe_layers_enum": "2,3, 6"}, [2, 3, 6]),
        ({"moe_layer_start_index": 1, "moe_layer_end_index": -1, "moe_layer_interval": 1}, range(1, 8)),
        ({"moe_layer_start_index": 2, "moe_layer_end_index": 5, "moe_layer_interval": 2}, [3, 5]),
        ({"moe_layer_freq": 1, "first_k_dense_replace": 1}, range(1, 8)),
        ({"moe_layer_freq": [0, 1, 0, 1, 0, 1, 0, 1]}, [1, 3, 5, 7]),
        ({"expert_layer_period": 2, "expert_layer_offset": 1}, [1, 3, 5, 7]),
        ({"moe_every_n_layers": 2}, [1, 3, 5, 7]),
        ({"mlp_layer_types": ["dense", "sparse"] * 4}, [1, 3, 5, 7]),
    ],
)
def test_layers_with_experts(keys: dict[str, Any], indices: Any) -> None:
    assert layers(**keys) == list(indices)


def test_blocks_of_one_kind() -> None:
    assert mixture_layers(Keys({}), 4, ("mamba", "moe", "attention", "moe")) == {1, 3}


@pytest.mark.parametrize("keys", [{"moe_layer_freq": [1, 0]}, {"moe_layers": "1,2"}, {"moe_layers_enum": "1,x"}])
def test_lists_of_a_wrong_kind(keys: dict[str, Any]) -> None:
    with pytest.raises(UnreadableConfigError, match=r" in its config\.json is "):
        layers(**keys)


@pytest.mark.parametrize(
    "names",
    [
        {"num_experts": 32, "num_experts_per_tok": 4, "moe_intermediate_size": 512},
        {"moe_num_experts": 32, "moe_k": 4, "moe_intermediate_size": 512},
        {"n_routed_experts": 32, "moe_topk": 4, "expert_ffn_hidden_size": 512},
        {"num_local_experts": 32, "moe_top_k": 4, "moe_ffn_hidden_size": 512},
        {"num_experts": 32, "experts_per_token": 4, "expert_intermediate_size": 512},
        {"n_routed_experts": 32, "top_k_experts": 4, "moe_intermediate_size": [512] * 16},
        {"ffn_config": {"moe_num_experts": 32, "moe_top_k": 4, "moe_intermediate_size": 512}},
    ],
)
def test_counts_and_widths_by_many_names(names: dict[str, Any]) -> None:
    shape = read_architecture(llama(model_type="brandnew", hidden_act="silu", **names))
    assert shape.uncovered == ()
    assert [(each.count, each.per_token, each.intermediate) for each in shape.experts] == [(32, 4, 512)]


@pytest.mark.parametrize(
    ("names", "width"),
    [
        ({"n_shared_experts": 2}, 1024),
        ({"num_shared_experts": 1}, 512),
        ({"num_shared_expert": [2] * 16}, 1024),
        ({"shared_expert_intermediate_size": 2048}, 2048),
        ({"moe_shared_expert_intermediate_size": 1536, "n_shared_experts": 2}, 3072),
        ({"share_expert_dim": 700}, 700),
        ({"n_shared_experts": 0}, 0),
    ],
)
def test_shared_experts(names: dict[str, Any], width: int) -> None:
    config = llama(model_type="qwen3_moe", num_experts=8, moe_intermediate_size=512, **names)
    assert [each.shared_intermediate for each in read_architecture(config).experts] == [width]


def test_experts_that_differ_by_layer() -> None:
    config = llama(
        num_hidden_layers=4, num_experts=8, moe_intermediate_size=[256, 256, 512, 512], moe_topk=[1, 1, 2, 2]
    )
    found = read_architecture(config).experts
    assert [(each.intermediate, each.per_token) for each in found] == [(256, 1), (512, 2)]


def test_a_switch_for_shared_experts() -> None:
    keys = {"num_experts": 8, "num_shared_expert": [1] * 16, "moe_topk": [2] * 16, "moe_intermediate_size": [512] * 16}
    on = read_architecture(llama(model_type="hunyuan_v1_moe", **keys, use_mixed_mlp_moe=True))
    off = read_architecture(llama(model_type="hunyuan_v1_moe", **keys, use_mixed_mlp_moe=False))
    assert on.uncovered == off.uncovered == ()
    assert ({each.shared_intermediate for each in on.experts}, {each.shared_intermediate for each in off.experts}) == (
        {512},
        {0},
    )
