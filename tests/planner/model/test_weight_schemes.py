"""How each weight of a model is stored."""

import pytest

from planner.model.parameters import embedding, head, layer_weights
from planner.model.quantization import UnreadableQuantizationError, of_checkpoint
from planner.model.reading import UnreadableConfigError, read_architecture
from planner.model.weight_schemes import evaluate_names, scheme_of
from tests.planner.configs import llama

FP8 = {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["layers.0.mlp"]}


def test_every_projection_and_the_output_layer_but_no_norm() -> None:
    shape = read_architecture(llama(tie_word_embeddings=False))
    stored = of_checkpoint(FP8)
    output = head(shape)
    assert output is not None
    assert scheme_of(stored, output, None) is not None
    assert scheme_of(stored, embedding(shape), None) is None
    reached = {weight.module for weight in layer_weights(shape, shape.layers[0]) if scheme_of(stored, weight, 1)}
    assert {"self_attn.q_proj", "self_attn.o_proj", "mlp.down_proj"} <= reached
    assert "norms" not in reached
    assert not {
        weight.module
        for weight in layer_weights(shape, shape.layers[0])
        if weight.module.startswith("mlp") and scheme_of(stored, weight, 0)
    }


def test_expressions_are_evaluated_when_the_configuration_is_read() -> None:
    slow = {"quant_method": "fp8", "ignored_layers": ["re:" + "(.?){50}" * 120 + "!"]}
    with pytest.raises(UnreadableConfigError, match="too long to evaluate"):
        read_architecture(llama(quantization_config=slow))
    with pytest.raises(UnreadableConfigError, match=r"quantization_config.bits is 0"):
        read_architecture(llama(quantization_config={"quant_method": "awq", "bits": 0}))


def test_every_layer_is_evaluated_where_rules_name_layers() -> None:
    shape = read_architecture(llama(quantization_config=FP8))
    evaluate_names(shape)
    assert shape.quantization.scheme("layers.0.mlp.down_proj") is None
    assert shape.quantization.scheme("layers.15.mlp.down_proj") is not None


def test_errors_of_a_quantization_are_values() -> None:
    assert issubclass(UnreadableQuantizationError, ValueError)
