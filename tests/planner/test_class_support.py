"""Classes of vLLM without stages, adapters or experts."""

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.gpus import gpu_named
from planner.fit import Fit, FitRequest, FitStatus, fit
from planner.memory.lora import Lora
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of


def ask(architecture: str, **options: Any) -> Fit:
    shape = replace(read_architecture(llama()), architecture=architecture)
    return fit(FitRequest(shape=shape, gpu=gpu_named("H100"), gpus=2, max_model_len=4096, **options))


def about(answer: Fit, key: str) -> list[str]:
    return [problem.text for problem in answer.problems if problem.about == key]


@pytest.mark.parametrize(
    "architecture", ["BertModel", "XLMRobertaForSequenceClassification", "Mamba2ForCausalLM", "Phi4MMForCausalLM"]
)
def test_a_class_without_stages(architecture: str) -> None:
    answer = ask(architecture, pipeline_parallel=2)
    assert about(answer, "pipeline_parallel") == [
        f"vLLM 0.32 does not split {architecture} into stages: pipeline_parallel 1"
    ]
    assert not about(ask(architecture, tensor_parallel=2), "pipeline_parallel")


def test_a_class_that_a_later_release_splits() -> None:
    answer = ask("MiniMaxM3SparseForCausalLM", pipeline_parallel=2, engine=VllmVersion(0, 24))
    assert about(answer, "pipeline_parallel")[0].endswith("pipeline_parallel 1, or vLLM 0.25 or newer")
    assert not about(ask("MiniMaxM3SparseForCausalLM", pipeline_parallel=2), "pipeline_parallel")


@pytest.mark.parametrize(
    ("architecture", "engine", "refused"),
    [
        ("FalconForCausalLM", (0, 32), True),
        ("KimiK25ForConditionalGeneration", (0, 32), True),
        ("GPTNeoXForCausalLM", (0, 31), True),
        ("GPTNeoXForCausalLM", (0, 32), False),
        ("BertModel", (0, 30), True),
        ("LlamaForCausalLM", (0, 11), False),
        ("OfAnotherMaker", (0, 32), False),
    ],
)
def test_classes_without_adapters(architecture: str, engine: tuple[int, int], *, refused: bool) -> None:
    answer = ask(architecture, lora=Lora(adapters=1, rank=16), engine=VllmVersion(*engine))
    assert bool(about(answer, "lora")) is refused


def test_expert_parallelism_without_experts() -> None:
    answer = ask("LlamaForCausalLM", tensor_parallel=2, expert_parallel=True)
    assert answer.status is FitStatus.REFUSED
    assert about(answer, "expert_parallel")
    experts = fit(
        FitRequest(
            shape=shape_of("Qwen/Qwen3-30B-A3B"), gpu=gpu_named("H100"), gpus=2, tensor_parallel=2, expert_parallel=True
        )
    )
    assert experts.status is FitStatus.FITS


@pytest.mark.parametrize(
    ("rank", "engine", "fix"), [(24, (0, 32), "32"), (4, (0, 32), "8"), (1, (0, 10), "8"), (1000, (0, 32), "512")]
)
def test_ranks_that_vllm_does_not_take(rank: int, engine: tuple[int, int], fix: str) -> None:
    answer = ask("LlamaForCausalLM", lora=Lora(rank=rank), engine=VllmVersion(*engine))
    assert answer.status is FitStatus.REFUSED
    assert f": {fix}, which holds smaller ones" in about(answer, "lora_rank")[0]


@pytest.mark.parametrize("rank", [1, 16, 320, 512])
def test_ranks_that_vllm_takes(rank: int) -> None:
    assert not about(ask("LlamaForCausalLM", lora=Lora(rank=rank)), "lora_rank")
