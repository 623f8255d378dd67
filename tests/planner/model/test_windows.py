"""Layers that look back to a window and those that see all, where their heads differ too."""

import pytest

from planner.model.parameters import total
from planner.model.reading import UnreadableConfigError, read_architecture
from tests.planner.configs import llama, shape_of

MIMO = {
    "model_type": "mimo_v2_flash",
    "num_hidden_layers": 4,
    "sliding_window": 128,
    "hybrid_layer_pattern": [0, 1, 1, 0],
    "head_dim": 192,
    "v_head_dim": 128,
    "swa_num_attention_heads": 16,
    "swa_num_key_value_heads": 4,
    "swa_head_dim": 96,
    "swa_v_head_dim": 64,
    "add_swa_attention_sink_bias": True,
}


def test_the_published_model() -> None:
    shape = shape_of("XiaomiMiMo/MiMo-V2-Flash")
    near = next(attention for attention in shape.attentions if attention.window)
    full = next(attention for attention in shape.attentions if not attention.window)
    assert (near.kv_heads, near.window, near.sinks) == (8, 128, True)
    assert (full.kv_heads, full.sinks) == (4, False)
    assert not shape.uncovered
    assert total(shape) == pytest.approx(309_785_318_400, rel=0.004)


def test_each_kind_has_its_heads() -> None:
    first, second, _, last = read_architecture(llama(**MIMO)).layers
    assert first == last
    full, near = first.attentions[0], second.attentions[0]
    assert (full.heads, full.kv_heads, full.head_dim, full.value_dim) == (32, 8, 192, 128)
    assert (near.heads, near.kv_heads, near.head_dim, near.value_dim) == (16, 4, 96, 64)


@pytest.mark.parametrize(
    "changes",
    [
        {"hybrid_layer_pattern": [0, 1]},
        {"hybrid_layer_pattern": [0, 1, 2, 0]},
        {"hybrid_layer_pattern": "0110"},
        {"swa_num_key_value_heads": 3},
        {"swa_head_dim": -1},
        {"add_swa_attention_sink_bias": "yes"},
    ],
)
def test_broken_values_are_one_line(changes: dict[str, object]) -> None:
    with pytest.raises(UnreadableConfigError):
        read_architecture(llama(**MIMO | changes))
