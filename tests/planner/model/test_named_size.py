"""Sizes in names: which count, and how far a model may be from them."""

import pytest

from planner.catalog.models import known_models
from planner.model.named_size import named_sizes
from planner.model.parameters import total


def texts(name: str) -> tuple[str, ...]:
    return tuple(size.text for size in named_sizes(name))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("baidu/ERNIE-4.5-21B-A3B-PT", ("21B",)),
        ("tiiuae/falcon-40b", ("40b",)),
        ("Qwen/Qwen2.5-0.5B-Instruct", ("0.5B",)),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", ("8x7B",)),
        ("allenai/OLMoE-1B-7B-0924", ("1B", "7B")),
        ("bigscience/bloom-7b1", ("7b1",)),
        ("stabilityai/stablelm-2-1_6b", ("1_6b",)),
        ("internlm/internlm2_5-7b-chat", ("7b",)),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", ("135M",)),
        ("inclusionAI/Ring-1T", ("1T",)),
        ("Qwen/Qwen2.5-7B-Instruct-1M", ("7B",)),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", ("70B",)),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4", ("7B",)),
        ("RedHatAI/Qwen3-8B-quantized.w4a16", ("8B",)),
        ("s3://models/weights/Qwen3-32B/", ("32B",)),
        ("s3://models/7b/Qwen3-32B/config.json", ("32B",)),
        ("/models/70B/ERNIE-4.5-21B-A3B.json", ("21B",)),
        ("/root/.cache/huggingface/hub/models--Qwen--Qwen3-14B/snapshots/0123abcd", ("14B",)),
        # No size of the whole model:
        ("meta-llama/Llama-3.1", ()),
        ("google/gemma-3n-E4B-it", ()),
        ("google/gemma-4-E2B", ()),
        ("Qwen/Qwen1.5-MoE-A2.7B", ()),
        ("tencent/Hunyuan-A13B-Instruct", ()),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", ()),
        ("yuhuili/EAGLE3-LLaMA3.1-Instruct-8B", ()),
        ("someone/Llama-3.1-8B-lora", ()),
        ("someone/Llama-3.1-70B-draft", ()),
        ("ibm-ai-platform/llama3-8b-medusa", ()),
        ("CohereForAI/c4ai-command-r7b-12-2024", ()),
        ("microsoft/Phi-3-mini-128k-instruct", ()),
        ("MiniMaxAI/MiniMax-M1-80k", ()),
        ("someone/model-v2b", ()),
        ("someone/model-4bit", ()),
        ("someone/model-0B", ()),
        ("config.json", ()),
        ("/", ()),
        ("", ()),
        ("7" * 5_000 + "B", ()),
    ],
)
def test_sizes_of_names(name: str, found: tuple[str, ...]) -> None:
    assert texts(name) == found


@pytest.mark.parametrize("known", known_models(), ids=lambda known: known.name)
def test_every_model_of_the_catalogue_agrees_with_its_names(known: object) -> None:
    billions = total(known.shape) / 1e9  # type: ignore[attr-defined]
    for name in (known.name, *known.aliases):  # type: ignore[attr-defined]
        sizes = named_sizes(name)
        assert not sizes or any(size.least <= billions <= size.most for size in sizes), name


# Billions as the cards state them, of models that round their names generously.
@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("google/gemma-7b", 8.54),
        ("google/gemma-2b", 2.51),
        ("google/gemma-2-2b", 2.61),
        ("google/gemma-3-27b-it", 27.4),
        ("mistralai/Mixtral-8x7B-v0.1", 46.7),
        ("mistralai/Mixtral-8x22B-v0.1", 140.6),
        ("Qwen/Qwen2.5-VL-7B-Instruct", 8.29),
        ("meta-llama/Llama-2-7b", 6.74),
        ("meta-llama/Llama-3.2-1B", 1.24),
        ("tiiuae/falcon-40b", 41.8),
        ("tiiuae/Falcon3-1B-Base", 1.67),
        ("ibm-granite/granite-3.1-1b-a400m-instruct", 1.33),
        ("bigcode/starcoder2-15b", 15.96),
        ("EleutherAI/gpt-neox-20b", 20.6),
        ("Qwen/Qwen1.5-0.5B", 0.62),
        ("openai/gpt-oss-120b", 116.8),
    ],
)
def test_names_are_round_figures(name: str, billions: float) -> None:
    assert any(size.least <= billions <= size.most for size in named_sizes(name))


@pytest.mark.parametrize("number", [3, 4, 7, 8, 13, 14, 21, 32, 40, 70, 120, 405, 671, 1.7, 3.8, 6.7, 0.6])
@pytest.mark.parametrize("factor", [0.05, 0.5, 0.75, 1.31, 1.5, 2, 4])
def test_a_third_more_or_a_quarter_less_is_noticed(number: float, factor: float) -> None:
    (size,) = named_sizes(f"example/model-{number}B")
    assert not size.least <= number * factor <= size.most
    assert size.least <= number <= size.most
