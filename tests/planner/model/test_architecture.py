"""Layers by kind, whole and by stage."""

from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of


def test_layers_that_are_alike_are_one_kind() -> None:
    shape = read_architecture(llama())
    assert [(kind.first, kind.count) for kind in shape.kinds()] == [(0, 16)]


def test_kinds_of_a_range_have_the_first_index_of_it() -> None:
    shape = shape_of("deepseek-ai/DeepSeek-V3")
    assert [(kind.first, kind.count) for kind in shape.kinds()] == [(0, 3), (3, 58)]
    assert [(kind.first, kind.count) for kind in shape.kinds(range(2, 10))] == [(2, 1), (3, 7)]
    assert len(shape.attentions) == len(shape.mlps) == len(shape.experts) == 1
