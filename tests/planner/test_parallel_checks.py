"""Combinations of parallelism that vLLM refuses."""

from typing import Any

import pytest

from planner.catalog.gpus import gpu_named
from planner.fit import fit
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import DeltaNet, LinearAttention, Mixer, StateSpace
from planner.model.reading import read_architecture
from planner.parallel_checks import indivisible_states, parallel_refusals
from planner.request import FitRequest
from tests.planner.configs import llama, shape_of


def request(shape: ModelArchitecture, degree: int, **options: Any) -> FitRequest:
    return FitRequest(
        shape=shape,
        gpu=gpu_named("H200"),
        gpus=degree * options.get("data_parallel", 1),
        tensor_parallel=degree,
        engine=VllmVersion(0, 32),
        max_model_len=2048,
        **options,
    )


@pytest.mark.parametrize(
    ("name", "degree", "shared", "fix"),
    [
        ("deepseek-ai/DeepSeek-V3", 8, 8, None),  # latent attention: as many as divide the degree
        ("deepseek-ai/DeepSeek-V3", 8, 3, "2 or 4 or 8"),
        ("deepseek-ai/DeepSeek-V3", 8, 16, "2 or 4 or 8"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", 8, 2, None),  # 4 KV heads, each on 2 GPUs
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", 8, 4, "1 or 2"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", 4, 2, "1"),
        ("meta-llama/Llama-3.1-8B-Instruct", 8, 2, "1"),
    ],
)
def test_decode_context_parallelism(name: str, degree: int, shared: int, fix: str | None) -> None:
    found = [str(reason) for reason in parallel_refusals(request(shape_of(name), degree, context_parallel=shared))]
    assert [reason.rpartition(": ")[2] for reason in found] == ([fix] if fix else [])


@pytest.mark.parametrize(("redundant", "fix"), [(0, None), (8, None), (3, "8"), (12, "8")])
def test_redundant_experts_are_shared_evenly(redundant: int, fix: str | None) -> None:
    shape = shape_of("Qwen/Qwen3-235B-A22B-Instruct-2507")
    given = request(shape, 8, expert_parallel=True, redundant_experts=redundant)
    found = [str(reason) for reason in parallel_refusals(given)]
    assert [reason.rpartition(": ")[2] for reason in found] == ([fix] if fix else [])


@pytest.mark.parametrize(
    ("mixer", "degree", "named"),
    [
        (StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=128, groups=8), 8, []),
        (StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=128, groups=8), 16, ["its 8 groups of Mamba"]),
        (StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=128, groups=1), 16, []),
        (StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=128), 3, ["its 64 heads of Mamba"]),
        (StateSpace(version=1, inner=8192, heads=8192, head_dim=1, state=16), 3, ["its 8,192 channels of Mamba"]),
        (DeltaNet(key_heads=16, value_heads=32, key_dim=128, value_dim=128), 32, ["its 16 heads of linear attention"]),
        (LinearAttention(heads=64, head_dim=128), 3, ["its 64 heads of linear attention"]),
    ],
)
def test_states_are_split_by_heads_and_groups(mixer: Mixer, degree: int, named: list[str]) -> None:
    assert list(indivisible_states(mixer, degree)) == named


def test_too_many_copies_are_refused_with_fewer() -> None:
    shape = read_architecture(llama())
    found = fit(
        FitRequest(shape=shape, gpu=gpu_named("H100"), gpus=4, data_parallel=8, max_model_len=2048), advise=False
    )
    assert any("data-parallel-size 4, or take more GPUs" in str(reason) for reason in found.reasons)
