"""Buffers for adapters, worked by hand."""

from dataclasses import replace

import pytest

from planner.memory.lora import Lora, adapter_bytes, lora_bytes
from planner.memory.placement import ExpertSplit, stages
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Experts, Layer
from planner.model.reading import read_architecture
from tests.planner.configs import llama
from tests.planner.memory.hybrids import attention

PLAIN = replace(read_architecture(llama()), model_type="qwen2")
RANK = 16


def buffers(shape: ModelArchitecture, lora: Lora, *, tp: int = 1, minor: int = 32, whole: bool = False) -> float:
    return lora_bytes(
        shape,
        stages(shape, 1)[0],
        lora,
        tensor_parallel=tp,
        dtype="bfloat16",
        engine=VllmVersion(0, minor),
        experts=ExpertSplit(ranks=tp, whole=whole),
    )


def test_two_matrices_for_each_linear_layer() -> None:
    layer = (2048 + 2048) + 2 * (2048 + 512) + (2048 + 2048) + 2 * (2048 + 8192) + (8192 + 2048)
    assert buffers(PLAIN, Lora(rank=RANK)) == 16 * layer * RANK * 2
    assert buffers(PLAIN, Lora(rank=RANK, adapters=4)) == 4 * buffers(PLAIN, Lora(rank=RANK))
    assert buffers(PLAIN, Lora(rank=RANK, dtype="float32")) == 2 * buffers(PLAIN, Lora(rank=RANK))


def test_tensor_parallelism_splits_one_of_the_two() -> None:
    layer = (2048 + 1024) + 2 * (2048 + 256) + (1024 + 2048) + 2 * (2048 + 4096) + (4096 + 2048)
    assert buffers(PLAIN, Lora(rank=RANK), tp=2) == 16 * layer * RANK * 2


def test_fully_sharded_splits_both() -> None:
    assert buffers(PLAIN, Lora(rank=RANK, sharded=True), tp=2) == buffers(PLAIN, Lora(rank=RANK)) / 2


def test_some_classes_have_adapters_for_embedding_and_output() -> None:
    ends = 2 * RANK * (128256 + 2048) * 2
    assert buffers(replace(PLAIN, model_type="llama"), Lora(rank=RANK)) == buffers(PLAIN, Lora(rank=RANK)) + ends


@pytest.mark.parametrize(
    ("tp", "whole", "local", "inner"), [(1, False, 64, 512), (4, False, 64, 128), (4, True, 16, 512)]
)
def test_adapters_of_experts_since_0_11(tp: int, whole: bool, local: int, inner: int) -> None:  # noqa: FBT001
    experts = Experts(count=64, per_token=4, intermediate=512)
    mixture = replace(PLAIN, layers=(Layer(mixers=(attention(32, 8, 64),), feed_forward=(experts,)),) * 4)
    more = buffers(mixture, Lora(rank=RANK), tp=tp, whole=whole) - buffers(
        mixture, Lora(rank=RANK), tp=tp, whole=whole, minor=10
    )
    assert more == 4 * local * 3 * (2048 + inner) * RANK * 2


def test_an_adapter_in_main_memory_is_whole() -> None:
    assert adapter_bytes(PLAIN, Lora(rank=RANK, adapters=8)) == buffers(PLAIN, Lora(rank=RANK))


@pytest.mark.parametrize(("kind", "since"), [("qwen3", 16), ("qwen3_moe", 16), ("qwen3_5", 29)])
def test_qwen_has_adapters_for_embedding_and_output_since_a_release(kind: str, since: int) -> None:
    shape = replace(PLAIN, model_type=kind)
    added = 2 * RANK * (shape.vocab + shape.hidden) * 2
    one = Lora(rank=RANK)
    assert buffers(shape, one, minor=since) - buffers(shape, one, minor=since - 1) == added
