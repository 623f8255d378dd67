"""Which models load an output layer of their own."""

from typing import Any

import pytest

from planner.model.reading import read_architecture
from tests.planner.configs import llama


@pytest.mark.parametrize(
    ("changes", "tied"),
    [
        ({"tie_word_embeddings": False}, False),
        ({"tie_word_embeddings": True}, True),
        ({"tie_word_embeddings": None}, False),
        ({"tie_word_embeddings": None, "model_type": "gemma"}, True),
        ({"tie_word_embeddings": False, "architectures": ["LlamaForSequenceClassification"]}, True),
        ({"tie_word_embeddings": False, "architectures": ["LlamaModel"]}, True),
    ],
)
def test_is_tied(changes: dict[str, Any], tied: bool) -> None:  # noqa: FBT001
    assert read_architecture(llama(**changes)).tied is tied


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, True),
        ({"model_type": "llama"}, False),
        ({"tie_word_embeddings": False}, False),
        ({"vocab_size": 4096}, False),  # too small to matter
        ({"architectures": ["BrandNewModel"]}, False),  # embeds, without an output layer
    ],
)
def test_may_be_tied(changes: dict[str, Any], named: bool) -> None:  # noqa: FBT001
    silent = {"tie_word_embeddings": None, "model_type": "brandnew", "hidden_act": "silu"}
    shape = read_architecture(llama(**(silent | changes)))
    assert any("tie_word_embeddings" in each for each in shape.uncovered) is named
