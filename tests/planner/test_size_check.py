"""The weights that a configuration adds up to, beside those of its files and its name."""

from dataclasses import replace

import pytest

from planner.catalog.gpus import gpu_named
from planner.catalog.models import KnownModel, known_models
from planner.fit import FitRequest, FitStatus, fit
from planner.memory.weights import checkpoint_bytes
from planner.model.architecture import ModelArchitecture
from planner.model.parameters import total
from planner.model.reading import read_architecture
from planner.model.stored import StoredWeights
from planner.size_check import checked, differs
from tests.planner.configs import llama, shape_of

LLAMA = read_architecture(llama(torch_dtype="bfloat16"))  # 1.24 billion parameters, tied
PLAIN = read_architecture(llama(torch_dtype="bfloat16", tie_word_embeddings=False))  # 1.50


def contradictions(shape: ModelArchitecture, name: str = "", stored: StoredWeights | None = None) -> tuple[str, ...]:
    return checked(shape, name, stored).uncovered


def of_bytes(size: float) -> StoredWeights:
    return StoredWeights(bytes=round(size), origin="model.safetensors.index.json")


@pytest.mark.parametrize("known", known_models(), ids=lambda known: known.name)
def test_no_model_of_the_catalogue_contradicts_its_name_or_its_size(known: KnownModel) -> None:
    shape = known.shape
    for name in (known.name, *known.aliases):
        assert checked(shape, name) is shape
    assert checked(shape, known.name, of_bytes(checkpoint_bytes(shape))) is shape


def test_a_name_that_says_more(tmp_path) -> None:
    (wrong,) = contradictions(LLAMA, "baidu/ERNIE-4.5-21B-A3B")
    assert wrong == "its weights, which are 1.24 billion parameters by its config.json and 21B by its name"


def test_a_name_that_says_less() -> None:
    (wrong,) = contradictions(shape_of("meta-llama/Llama-3.1-8B-Instruct"), "example/tiny-1B")
    assert "8.03 billion parameters by its config.json and 1B by its name" in wrong


@pytest.mark.parametrize("factor", [0.4, 0.8, 1.2, 2.0, 6.5])
def test_files_of_another_size(factor: float) -> None:
    size = checkpoint_bytes(PLAIN)
    (wrong,) = contradictions(PLAIN, "example/model", of_bytes(size * factor))
    assert f"{size / 2**30:.2f} GiB by its config.json" in wrong
    assert f"{size * factor / 2**30:.2f} GiB by model.safetensors.index.json" in wrong


@pytest.mark.parametrize("factor", [0.88, 1.0, 1.14])
def test_files_of_about_that_size(factor: float) -> None:
    assert not contradictions(PLAIN, "example/model", of_bytes(checkpoint_bytes(PLAIN) * factor))


def test_files_decide_and_not_a_name() -> None:
    assert not contradictions(PLAIN, "example/model-70B", of_bytes(checkpoint_bytes(PLAIN)))


def test_a_tied_output_layer_may_be_in_the_files_too() -> None:
    # Qwen3-0.6B: 0.596 billion parameters, 0.752 in the file, which has the embedding twice.
    qwen = shape_of("Qwen/Qwen3-0.6B")
    assert not contradictions(qwen, "", StoredWeights(bytes=1_503_264_768, parameters=751_632_384, origin="the Hub"))
    assert not contradictions(qwen, "", of_bytes(1_503_264_768))
    assert contradictions(qwen, "", of_bytes(1_503_264_768 * 1.3))


def test_parameters_decide_where_they_are_known() -> None:
    # In 32 bits the files are twice as large, and vLLM casts while it loads.
    wide = StoredWeights(bytes=4 * total(PLAIN), parameters=total(PLAIN), origin="the Hub")
    assert not contradictions(PLAIN, "", wide)
    (wrong,) = contradictions(PLAIN, "", replace(wide, parameters=3 * total(PLAIN)))
    assert "1.50 billion parameters by its config.json and 4.50 billion by the Hub" in wrong


def test_packed_parameters_are_compared_by_their_bytes() -> None:
    awq = shape_of("Qwen/Qwen2.5-7B-Instruct-AWQ")
    assert not contradictions(awq, "", StoredWeights(bytes=5_570_000_000, parameters=1_970_000_000, origin="the Hub"))


def test_what_is_not_computed_anyway_stays_as_it_is() -> None:
    beyond = read_architecture(llama(model_type="zamba2"))
    assert checked(beyond, "Zyphra/Zamba2-70B", of_bytes(1)) is beyond


def test_a_contradiction_makes_the_result_unknown() -> None:
    shape = checked(LLAMA, "baidu/ERNIE-4.5-21B-A3B")
    answer = fit(FitRequest(shape=shape, gpu=gpu_named("H100", None), max_model_len=8192))
    assert answer.status is FitStatus.UNKNOWN
    assert "1.24 billion" in answer.reasons[0]
    assert "21B" in answer.reasons[0]


def test_the_margin() -> None:
    assert not differs(114, 100)
    assert not differs(86, 100)
    assert differs(116, 100)
    assert differs(84, 100)


@pytest.mark.parametrize(("stated", "bytes_each"), [("float32", 4), ("float32", 2), (None, 2), (None, 4)])
def test_files_in_32_bits(stated: str | None, bytes_each: int) -> None:
    """As OLMo 2, Gemma 2 and many encoders are published; vLLM loads them in 16 bits."""
    shape = read_architecture(llama(torch_dtype=stated, tie_word_embeddings=False))
    size = total(shape) * bytes_each
    assert checkpoint_bytes(shape) == pytest.approx(total(shape) * (4 if stated else 2), rel=0.001)
    for stored in (of_bytes(size), replace(of_bytes(size), parameters=total(shape))):
        found = checked(shape, "example/model", stored)
        assert not found.uncovered
        assert checkpoint_bytes(found) == pytest.approx(size, rel=0.001)
        answer = fit(FitRequest(shape=found, gpu=gpu_named("L4"), max_model_len=2048))
        assert answer.per_gpu is not None
        assert answer.per_gpu.weights == pytest.approx(total(shape) * 2 / 2**30, rel=0.02)


def test_files_of_a_third_width_contradict_either_format() -> None:
    shape = read_architecture(llama(torch_dtype="float32", tie_word_embeddings=False))
    assert contradictions(shape, "example/model", of_bytes(total(shape) * 3))
    quantized = read_architecture(llama(torch_dtype="float32", quantization_config={"quant_method": "fp8"}))
    assert contradictions(quantized, "example/model", of_bytes(2 * checkpoint_bytes(quantized)))
