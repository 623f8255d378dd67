"""Layers of different shapes: ``block_configs`` of Nemotron NAS."""

from typing import Any

import pytest

from planner.model.parameters import total
from planner.model.reading import UnreadableConfigError, read_architecture
from tests.planner.configs import llama, shape_of


def _block(*, groups: int | None, multiple: float | None) -> dict[str, Any]:
    attention = {"n_heads_in_group": groups, "no_op": groups is None}
    return {"attention": attention, "ffn": {"ffn_mult": multiple, "no_op": multiple is None}}


def _config(*blocks: Any, **changes: Any) -> dict[str, Any]:
    made = llama(model_type="nemotron-nas", num_hidden_layers=len(blocks), num_key_value_heads=None, **changes)
    return {key: value for key, value in made.items() if key != "intermediate_size"} | {"block_configs": list(blocks)}


def test_the_published_model() -> None:
    shape = shape_of("nvidia/Llama-3_3-Nemotron-Super-49B-v1")
    assert total(shape) == pytest.approx(49_867_145_216, rel=1e-4)
    assert any(not layer.mixers for layer in shape.layers)
    assert {attention.kv_heads for attention in shape.attentions} == {8}


def test_each_layer_has_its_shape() -> None:
    shape = read_architecture(
        _config(_block(groups=4, multiple=1.5), _block(groups=None, multiple=3.0), _block(groups=16, multiple=None))
    )
    first, second, third = shape.layers
    assert first.attentions[0].kv_heads == 8
    assert first.mlps[0].intermediate == 2048
    assert not second.mixers
    assert second.mlps[0].intermediate == 4096
    assert third.attentions[0].kv_heads == 2
    assert not third.feed_forward
    assert not shape.uncovered


def test_widths_are_rounded_up() -> None:
    shape = read_architecture(_config(_block(groups=4, multiple=1.0)))
    assert shape.mlps[0].intermediate == 1536  # int(2 * 2048 / 3) is 1365


def test_a_projection_in_a_layers_place_is_not_covered() -> None:
    block = _block(groups=4, multiple=1.5)
    block["ffn"]["replace_with_linear"] = True
    assert any("block_configs" in why for why in read_architecture(_config(block)).uncovered)


@pytest.mark.parametrize(
    "blocks",
    [
        ["x"],
        [{}],
        [{"attention": {}, "ffn": 3}],
        [_block(groups=-1, multiple=1.0)],
        [_block(groups=7, multiple=1.0)],
        [_block(groups=4, multiple=float("inf"))],
        [{"attention": {"n_heads_in_group": "8"}, "ffn": {}}],
    ],
)
def test_broken_blocks_are_one_line(blocks: list[Any]) -> None:
    with pytest.raises(UnreadableConfigError, match=r"block_configs|heads"):
        read_architecture(_config(*blocks))
