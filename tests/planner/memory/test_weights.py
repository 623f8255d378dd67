"""Bytes of weights: what is split, what is whole, what is padded, what quantization reaches."""

from typing import Any

import pytest

from planner.memory.placement import local_heads, stages
from planner.memory.weights import checkpoint_bytes, stage_weights
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import UNQUANTIZED, Quantization, of_method
from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of


def gpu_bytes(
    shape: ModelArchitecture, *, tp: int = 1, pp: int = 1, stage: int = 0, quantization: Quantization | None = None
) -> float:
    return stage_weights(
        shape,
        stages(shape, pp)[stage],
        tensor_parallel=tp,
        quantization=quantization or shape.quantization,
        dtype="bfloat16",
        longest=0,
    )


def by_hand(changes: dict[str, Any] | None = None) -> int:
    """Two bytes for each parameter of the small Llama, written out."""
    tied = (changes or {}).get("tie_word_embeddings", True)
    layer = 2048 * 2048 * 2 + 2 * 2048 * 512 + 3 * 2048 * 8192 + 2 * 2048
    return 2 * (16 * layer + 2048 + 128256 * 2048 * (1 if tied else 2))


@pytest.mark.parametrize("changes", [{}, {"tie_word_embeddings": False}])
def test_every_parameter_is_counted_once(changes: dict[str, Any]) -> None:
    assert gpu_bytes(read_architecture(llama(**changes))) == by_hand(changes)
    assert checkpoint_bytes(read_architecture(llama(**changes))) == by_hand(changes)


def test_two_gpus_halve_all_but_the_norms() -> None:
    norms = 2 * (16 * 2 * 2048 + 2048)
    assert gpu_bytes(read_architecture(llama()), tp=2) == (by_hand() - norms) / 2 + norms


def test_kv_projections_stop_shrinking_with_the_heads() -> None:
    shape = read_architecture(llama())
    one_head = 2 * 16 * 2 * 2048 * 64
    rest = by_hand() - 8 * one_head - 2 * (16 * 2 * 2048 + 2048)
    assert gpu_bytes(shape, tp=16) == rest / 16 + one_head + 2 * (16 * 2 * 2048 + 2048)


def test_the_vocabulary_is_padded_to_64() -> None:
    odd, even = read_architecture(llama(vocab_size=128255)), read_architecture(llama())
    assert gpu_bytes(odd) == gpu_bytes(even)
    assert checkpoint_bytes(odd) == pytest.approx(checkpoint_bytes(even) - 2 * 2048, abs=2 * 2048 * 64)


def test_a_tied_embedding_stands_on_the_first_and_the_last_stage() -> None:
    shape = read_architecture(llama())
    table = 2 * 128256 * 2048
    assert gpu_bytes(shape, pp=2, stage=0) + gpu_bytes(shape, pp=2, stage=1) == by_hand() + table


@pytest.mark.parametrize(
    ("layers", "count", "dealt"), [(16, 2, [8, 8]), (61, 8, [7, 7, 8, 8, 8, 8, 8, 7]), (5, 4, [1, 1, 2, 1])]
)
def test_layers_are_dealt_as_vllm_does(layers: int, count: int, dealt: list[int]) -> None:
    shape = read_architecture(llama(num_hidden_layers=layers))
    assert [len(stage.layers) for stage in stages(shape, count)] == dealt


@pytest.mark.parametrize(("heads", "degree", "local"), [(8, 1, 8), (8, 4, 2), (8, 8, 1), (8, 16, 1), (1, 4, 1)])
def test_heads_of_one_gpu(heads: int, degree: int, local: int) -> None:
    assert local_heads(heads, degree) == local


def test_quantization_reaches_linear_layers_and_not_the_embedding() -> None:
    shape = read_architecture(llama())
    linear = 16 * (2048 * 2048 * 2 + 2 * 2048 * 512 + 3 * 2048 * 8192)
    assert gpu_bytes(shape, quantization=of_method("fp8")) == by_hand() - linear
    assert gpu_bytes(shape, quantization=UNQUANTIZED) == by_hand()


def test_modules_on_the_list_stay_in_16_bits() -> None:
    listed = {"quant_method": "fp8", "ignored_layers": [f"model.layers.{index}.mlp.down_proj" for index in range(4)]}
    shape, plain = (
        read_architecture(llama(quantization_config=listed)),
        read_architecture(llama(quantization_config={"quant_method": "fp8"})),
    )
    assert gpu_bytes(shape) - gpu_bytes(plain) == 4 * 2048 * 8192


def test_all_experts_are_in_memory() -> None:
    shape = shape_of("mistralai/Mixtral-8x7B-Instruct-v0.1")
    assert checkpoint_bytes(shape) > 8 * 32 * 3 * 4096 * 14336 * 2


def test_mxfp4_experts_are_padded_by_the_kernels() -> None:
    shape = shape_of("openai/gpt-oss-20b")
    assert gpu_bytes(shape) > 1.02 * checkpoint_bytes(shape)
