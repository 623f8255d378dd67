"""The language model within a configuration, at any depth, with the defaults of its class."""

from typing import Any

import pytest

from planner.model.nesting import language_model
from planner.model.reading import UnreadableConfigError, read_architecture
from tests.planner.configs import llama


@pytest.mark.parametrize(
    "path",
    [
        ("text_config",),
        ("llm_config",),
        ("language_config",),
        ("thinker_config", "text_config"),
        ("llm_config", "text_config"),
        ("language_model",),
    ],
)
def test_at_any_depth(path: tuple[str, ...]) -> None:
    config: dict[str, Any] = llama()
    for key in reversed(path):
        config = {"model_type": "outer", key: config}
    shape = read_architecture(config)
    assert shape.model_type == "llama"
    assert shape.layers == read_architecture(llama()).layers


def test_what_a_configuration_within_omits_is_the_default_of_its_class() -> None:
    text = {"hidden_size": 3840, "intermediate_size": 15360, "num_hidden_layers": 48}
    shape = read_architecture({"model_type": "gemma3", "text_config": text, "vision_config": {"hidden_size": 8}})
    assert (shape.model_type, shape.vocab, shape.max_positions, shape.tied) == ("gemma3_text", 262208, 131072, True)
    assert {(each.heads, each.kv_heads, each.head_dim) for each in shape.attentions} == {(8, 4, 256)}
    llava = {"model_type": "llava", "text_config": {"model_type": "llama", "vocab_size": 32064}, "vision_config": {}}
    assert len(read_architecture(llava).layers) == 32


def test_an_outer_configuration_is_not_searched_without_end() -> None:
    config: dict[str, Any] = llama()
    for _ in range(8):
        config = {"text_config": config}
    with pytest.raises(UnreadableConfigError, match="nested deeper"):
        language_model(config)


def test_a_name_of_a_language_model_is_not_its_configuration() -> None:
    assert language_model(llama(language_model="meta-llama/Llama-3.2-1B")).model_type == "llama"
