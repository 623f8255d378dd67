"""The catalogue: totals as the cards state them, and the most served models by their exact figures."""

import re

import pytest

from planner.catalog.models import KnownModel, known_model, known_models, misspelt_model, nearest_models
from planner.memory.kv_cache import CacheOptions, kv_layout
from planner.memory.placement import stages
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.memory.weights import checkpoint_bytes
from planner.model.architecture import ModelArchitecture
from planner.model.parameters import total
from planner.units import GIB
from tests.planner.configs import shape_of
from tests.planner.unloaded import unloaded_parameters

WITHIN = 0.02
"""How far computed weights may be from a cited total."""
ROUNDED = 0.01
"""How far they may be from a card's rounded figure."""


@pytest.mark.parametrize("known", known_models(), ids=lambda known: known.name)
def test_every_total_is_what_its_source_states(known: KnownModel) -> None:
    shape, stated = known.shape, known.total
    stored = total(shape) + unloaded_parameters(
        shape, mtp_layers=stated.mtp_layers, vocabulary_matrices=stated.vocabulary_matrices
    )
    if stated.bytes is not None:
        assert checkpoint_bytes(shape) == pytest.approx(stated.bytes, rel=WITHIN)
    elif stated.elements is not None:
        counted = stored + (stated.per_packed - 1) * _packed(shape)
        assert counted == pytest.approx(stated.elements, rel=WITHIN)
    elif stated.parameters is not None:
        assert stored == pytest.approx(stated.parameters, rel=WITHIN)
    else:
        assert stored / 1e9 == pytest.approx(stated.stated_billion, rel=ROUNDED)


def _packed(shape: ModelArchitecture) -> float:
    """Parameters in 4 bits: of 16-bit and 4-bit weights (9/16 bytes with their scales) the latter, by what they add up to."""
    return (2 * total(shape) - checkpoint_bytes(shape)) / (2 - 9 / 16)


@pytest.mark.parametrize("known", known_models(), ids=lambda known: known.name)
def test_every_row_names_its_sources(known: KnownModel) -> None:
    assert known.source.startswith("https://")
    assert known.total.source.startswith("https://")
    figures = (known.total.parameters, known.total.bytes, known.total.elements, known.total.stated_billion)
    assert sum(figure is not None for figure in figures) == 1
    assert known.config["model_type"]


def test_most_totals_are_exact() -> None:
    assert sum(known.total.exact for known in known_models()) >= 150


# Parameters as published; GiB of the published weights; bytes of KV cache a token holds in every layer, in 16 bits.
@pytest.mark.parametrize(
    ("name", "billions", "weights_gib", "token_bytes"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 8.03, 14.96, 131072),
        ("meta-llama/Meta-Llama-3-8B-Instruct", 8.03, 14.96, 131072),
        ("meta-llama/Llama-3.3-70B-Instruct", 70.55, 131.4, 327680),
        ("RedHatAI/Meta-Llama-3.1-70B-Instruct-FP8", 70.55, 67.7, 327680),
        ("meta-llama/Llama-3.2-1B-Instruct", 1.236, 2.30, 32768),
        ("meta-llama/Llama-3.2-3B-Instruct", 3.213, 5.98, 114688),
        ("Qwen/Qwen2.5-7B-Instruct", 7.616, 14.19, 57344),
        ("Qwen/Qwen2.5-72B-Instruct", 72.71, 135.4, 327680),
        ("Qwen/Qwen3-8B", 8.19, 15.26, 147456),
        ("Qwen/Qwen3-4B-Instruct-2507", 4.02, 7.49, 147456),
        ("Qwen/Qwen3-32B", 32.76, 61.0, 262144),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", 30.53, 56.9, 98304),
        ("Qwen/Qwen3-235B-A22B", 235.1, 437.9, 192512),
        ("mistralai/Mistral-7B-Instruct-v0.3", 7.248, 13.5, 131072),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 46.70, 87.0, 131072),
        ("google/gemma-2-9b-it", 9.242, 17.2, None),
        ("microsoft/phi-4", 14.66, 27.3, 204800),
        ("openai/gpt-oss-20b", 20.9, 12.8, None),
        ("openai/gpt-oss-120b", 116.8, 60.8, None),
        ("deepseek-ai/DeepSeek-V3", 671.0, None, 70272),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", 32.76, 61.0, 262144),
    ],
)
def test_the_most_served_models(name: str, billions: float, weights_gib: float | None, token_bytes: int | None) -> None:
    shape = shape_of(name)
    assert total(shape) / 1e9 == pytest.approx(billions, rel=0.004)
    if weights_gib is not None:
        assert checkpoint_bytes(shape) / GIB == pytest.approx(weights_gib, rel=0.01)
    if token_bytes is not None:
        newest = VllmVersion(*MODELED_VERSION)
        options = CacheOptions(engine=newest, tensor_parallel=1, dtype="bfloat16", in_flight=8192)
        layout = kv_layout(shape, stages(shape, 1)[0], options)
        assert layout.token_bytes == token_bytes


def test_names_in_any_case_and_aliases() -> None:
    assert known_model("qwen/qwen3-8b") is known_model(" Qwen/Qwen3-8B ")
    aliased = next(known for known in known_models() if known.aliases)
    assert known_model(aliased.aliases[0]) is aliased
    assert known_model("example/unheard-of") is None


def test_a_misspelt_name_has_neighbours() -> None:
    assert "Qwen/Qwen3-8B" in nearest_models("Qwen/Qwen3-8")


def test_no_name_stands_twice() -> None:
    names = [name.lower() for known in known_models() for name in (known.name, *known.aliases)]
    assert len(names) == len(set(names))


_NUMBER_FORMATS = re.compile(r"(?i)[-_.](fp8|nvfp4|mxfp4|fp4|awq|gptq|int4|int8|w4a16|w8a8)\b")


def test_a_name_with_a_number_format_has_a_quantization() -> None:
    """Without it the weights would be computed in 16 bits: twice of FP8, four times of 4 bits."""
    for known in known_models():
        named = [name for name in (known.name, *known.aliases) if _NUMBER_FORMATS.search(name)]
        assert not named or known.shape.quantization.method, named


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("meta-llama/Meta-Llama-3-8B-Instrct", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("meta-lama/meta-llama-3-8b-instruct", "meta-llama/Meta-Llama-3-8B-Instruct"),
        ("Qwen/Qwen3-9B", None),
        ("meta-llama/Meta-Llama-4-8B-Instruct", None),
        ("search-team/Meta-Llama-3-8B-Instruct", None),
        ("example/unheard-of", None),
    ],
)
def test_a_misspelling_is_of_letters_and_of_few(name: str, meant: str | None) -> None:
    assert misspelt_model(name) == meant
