"""The gate for what a configuration says: kinds, signs, bounds, and what was read."""

from typing import Any

import pytest

from planner.model.keys import Keys, UnreadableConfigError
from planner.model.reading import read_architecture
from tests.planner.configs import llama


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"hidden_size": True},
            "hidden_size in its config.json is true: a whole number from 1 to 10,000,000 is needed",
        ),
        ({"num_hidden_layers": "32"}, 'num_hidden_layers in its config.json is "32": .* is needed, without quotes'),
        ({"hidden_size": 10**400}, "hidden_size in its config.json is a number of about 400 digits"),
        ({"hidden_size": 2048.5}, "hidden_size in its config.json is 2048.5"),
        ({"max_position_embeddings": -1}, "max_position_embeddings in its config.json is -1: a whole number from 1"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers in its config.json is 1000000000: .* to 2,000"),
        ({"num_hidden_layers": 0}, "num_hidden_layers in its config.json is 0"),
        ({"head_dim": -64}, "head_dim in its config.json is -64"),
        ({"intermediate_size": -1}, "intermediate_size in its config.json is -1"),
        (
            {"intermediate_size": [8192] * 3},
            "intermediate_size in its config.json is a list of 3: .* each of 16 layers",
        ),
        (
            {"num_key_value_heads": 7},
            "num_key_value_heads in its config.json is 7: a divisor of the 32 attention heads",
        ),
        ({"num_key_value_heads": 0}, "num_key_value_heads in its config.json is 0"),
        ({"layer_types": "full_attention"}, 'layer_types in its config.json is "full_attention": a list is needed'),
        ({"layer_types": ["full_attention"] * 3}, "layer_types in its config.json is a list of 3: a list of 16"),
        ({"layer_types": [1] * 16}, "layer_types in its config.json is .1, 1, .*: a list of texts"),
        ({"torch_dtype": "int8"}, 'torch_dtype in its config.json is "int8": bfloat16, float16 or float32'),
        ({"torch_dtype": ["bfloat16"]}, "torch_dtype in its config.json is ..bfloat16..: a text"),
        ({"vocab_size": {}}, "vocab_size in its config.json is {}: a whole number"),
        ({"tie_word_embeddings": "yes"}, 'tie_word_embeddings in its config.json is "yes": true or false'),
        ({"rope_scaling": "yarn"}, 'rope_scaling in its config.json is "yarn": an object'),
        ({"num_experts": 8, "num_experts_per_tok": 9}, "num_experts_per_tok in its config.json is 9, of 8 experts"),
        ({"num_experts": 10**12}, "num_experts in its config.json is 1000000000000"),
        ({"text_config": [1]}, "text_config in its config.json is .1.: an object"),
        (
            {"architectures": "LlamaForCausalLM"},
            'architectures in its config.json is "LlamaForCausalLM": a list is needed',
        ),
        ({"architectures": [1]}, "architectures in its config.json is .1.: a list of texts"),
        ({"model_type": 7}, "model_type in its config.json is 7: a text"),
        ({"sliding_window": [512] * 3}, "sliding_window in its config.json is a list of 3: a list of 16"),
        ({"sliding_window": [True] * 16}, r"sliding_window\[0\] in its config.json is true"),
        ({"sliding_window": "4096"}, 'sliding_window in its config.json is "4096"'),
        ({"kv_lora_rank": 512}, "qk_nope_head_dim is missing"),
        ({"hybrid_override_pattern": "M*X-" * 4}, "hybrid_override_pattern in its config.json is"),
        ({"partial_rotary_factor": 3}, "partial_rotary_factor in its config.json is 3"),
        (
            {"mlp_only_layers": ["1"], "num_experts": 8},
            "mlp_only_layers in its config.json is ..1..: a list of whole numbers",
        ),
    ],
)
def test_a_value_of_a_wrong_kind_is_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableConfigError, match=message) as caught:
        read_architecture(llama(**changes))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("changes", [{"hidden_size": 2048.0}, {"tie_word_embeddings": 1}, {"sliding_window": -1}])
def test_what_means_the_same_is_accepted(changes: dict[str, Any]) -> None:
    assert read_architecture(llama(**changes)).layers == read_architecture(llama()).layers


def test_the_path_of_a_key_within() -> None:
    with pytest.raises(
        UnreadableConfigError, match=r"^thinker_config\.text_config\.hidden_size in its config\.json is -1"
    ):
        read_architecture({"thinker_config": {"text_config": llama(hidden_size=-1)}})


def test_null_is_not_the_default_of_a_class() -> None:
    assert Keys({}, defaults={"a": 4}).count("a") == 4
    assert Keys({"a": None}, defaults={"a": 4}).count("a") is None
    assert Keys({"b": 5}, defaults={"a": 4}, aliases={"a": "b"}).count("a") == 5


def test_one_number_or_one_for_each_layer() -> None:
    keys = Keys({"one": 4, "each": [1, 2, 3]})
    assert keys.counts("one", depth=3) == (4, 4, 4)
    assert keys.counts("each", depth=3) == (1, 2, 3)
    with pytest.raises(UnreadableConfigError, match=r"each\[1\] in its config\.json is true"):
        Keys({"each": [1, True, 3]}).counts("each", depth=3)


def test_entries_for_layers_that_predict_further_tokens() -> None:
    kinds = ["full_attention", "sliding_attention"] * 2 + ["full_attention"]
    keys = Keys({"layer_types": kinds, "widths": [1, 2, 3, 4, 9], "num_nextn_predict_layers": 1})
    assert keys.texts("layer_types", length=4) == kinds[:4]
    assert keys.counts("widths", depth=4) == (1, 2, 3, 4)
    with pytest.raises(UnreadableConfigError, match="a list of 5"):
        Keys({"widths": [1, 2, 3, 4, 9]}).counts("widths", depth=4)


def test_what_was_not_read_is_known() -> None:
    keys = Keys({"a": 1, "b": 2, "c": {"d": 3, "e": 4}, "f": {"g": 5}})
    keys.count("a", "x")
    nested = keys.nested("c")
    assert nested
    nested.count("d")
    assert [path for path, _, _ in keys.unread()] == ["b", "c.e", "f"]
