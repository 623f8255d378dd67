"""Gate or no gate, and how wide."""

from typing import Any

import pytest

from planner.model.families import FAMILIES, PLAIN
from planner.model.keys import Keys
from planner.model.networks import read_gate, read_widths


@pytest.mark.parametrize(
    ("model_type", "activation", "gated"),
    [
        ("llama", "silu", True),
        ("gemma2", "gelu_pytorch_tanh", True),
        ("nemotron", "relu2", False),
        ("starcoder2", "gelu_pytorch_tanh", False),
        ("brandnew", "relu2", False),
        ("brandnew", "squared_relu", False),
        ("brandnew", "xielu", False),
        ("brandnew", "silu", True),
        ("brandnew", "SwiGLU", True),
        ("brandnew", "gelu", None),
        ("brandnew", "relu", None),
        ("brandnew", None, True),
        ("bitnet", "relu2", True),
        ("jais2", "relu2", False),
    ],
)
def test_gates(model_type: str, activation: str | None, gated: bool | None) -> None:  # noqa: FBT001  three-valued
    assert read_gate(Keys({"hidden_act": activation}), FAMILIES.get(model_type), model_type, hidden=1024) is gated


@pytest.mark.parametrize(
    ("keys", "gated"),
    [
        ({"intermediate_size": 2752}, True),
        ({"intermediate_size": 4096}, None),
        ({"ffn_dim": 6144}, None),
        ({"expansion_ratio": 4}, None),
        ({"intermediate_size": 5504, "num_experts": 8}, True),
    ],
)
def test_the_width_decides_where_no_activation_is_named(keys: dict[str, Any], gated: bool | None) -> None:  # noqa: FBT001
    assert read_gate(Keys(keys), None, "brandnew", hidden=1024) is gated


@pytest.mark.parametrize(
    "key", ["hidden_act", "activation_function", "activation", "mlp_hidden_act", "hidden_activation"]
)
def test_activation_by_many_names(key: str) -> None:
    assert read_gate(Keys({key: "relu2"}), None, "brandnew", hidden=1024) is False
    assert read_gate(Keys({"ffn_act_fn": {"name": "silu"}}), None, "brandnew", hidden=1024) is True


@pytest.mark.parametrize(
    ("keys", "width"),
    [
        ({"intermediate_size": 11008}, 11008),
        ({"ffn_hidden_size": 13696}, 13696),
        ({"n_inner": 3072}, 3072),
        ({"ffn_dim": 2048}, 2048),
        ({"intermediate_size_mlp": 16384, "intermediate_size": 8192}, 16384),
        ({"expansion_ratio": 4}, 4096),
    ],
)
def test_widths(keys: dict[str, Any], width: int) -> None:
    assert read_widths(Keys(keys), PLAIN, hidden=1024, depth=2) == (width, width)


def test_widths_that_no_key_gives() -> None:
    assert read_widths(Keys({}), PLAIN, hidden=1024, depth=2) is None
    assert read_widths(Keys({}), FAMILIES["falcon"], hidden=1024, depth=1) == (4096,)
    assert read_widths(Keys({"intermediate_size": 22016}), FAMILIES["qwen"], hidden=4096, depth=1) == (11008,)
    assert read_widths(Keys({"intermediate_size": [8, 16]}), PLAIN, hidden=4, depth=2) == (8, 16)
