"""Classes that a release of vLLM loads, gave up, or does not have yet."""

import pytest

from planner.architectures import class_notes, refused_class, unknown_class
from planner.catalog.gpus import gpu_named
from planner.catalog.models import KnownModel, known_models
from planner.fit import fit
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from planner.request import FitRequest, FitStatus
from planner.vllm_options.releases import table
from tests.planner.configs import llama


def answers(architecture: str, version: str, model_type: str = "llama") -> tuple[list[str], list[str], list[str]]:
    shape = read_architecture(llama(architectures=[architecture], model_type=model_type))
    engine = VllmVersion.of(version)
    refused = [str(reason) for reason in refused_class(shape, engine)]
    return refused, list(unknown_class(shape, engine)), list(class_notes(shape, engine))


@pytest.mark.parametrize(
    ("architecture", "version"),
    [
        ("BaichuanForCausalLM", "0.24"),
        ("BaichuanForCausalLM", "0.8.5"),
        ("LlamaForCausalLM", "0.8.1"),
        ("LlamaForCausalLM", "0.33"),
        ("LlamaForCausalLM", "0.99"),
        ("LlamaForCausalLM", "1.2"),
        ("Qwen3ForCausalLM", "0.32.1"),
        ("Qwen3Model", "0.8.5"),
        ("Qwen2ForSequenceClassification", "0.32"),  # made of the class that generates, once one of its own
    ],
)
def test_what_a_release_loads_has_nothing_to_say(architecture: str, version: str) -> None:
    assert answers(architecture, version) == ([], [], [])


def test_a_class_that_vllm_gave_up_is_refused_with_the_last_release() -> None:
    refused, _, _ = answers("BaichuanForCausalLM", "0.32")
    assert refused == ["vLLM 0.32 does not load BaichuanForCausalLM any more: vLLM 0.24, the last that does"]


@pytest.mark.parametrize(
    "architecture",
    [
        "LlamaForCausalLMEagle3",
        "EagleLlamaForCausalLM",
        "PEagleDraftModel",
        "DeepSeekMTPModel",
        "Qwen3NextMTP",
        "MedusaModel",
    ],
)
def test_a_class_that_drafts_is_not_served_alone(architecture: str) -> None:
    refused, _, _ = answers(architecture, "0.32")
    assert refused == [
        f"{architecture} drafts tokens for another model: serve that one, with this in speculative-config"
    ]


def test_no_class_that_generates_is_taken_for_a_draft() -> None:
    for architecture in table()["values"]["architectures"]:
        assert not any("drafts tokens" in reason for reason in answers(architecture, "0.33")[0])


def test_a_class_that_vllm_has_later_is_unknown() -> None:
    assert answers("GptOssForCausalLM", "0.9.2") == (
        [],
        ["whether vLLM 0.9.2 loads GptOssForCausalLM: it has a class for it since 0.10"],
        [],
    )


def test_a_class_that_transformers_has_is_noted() -> None:
    refused, unknown, noted = answers("Dots1ForCausalLM", "0.32", "dots1")
    assert (refused, unknown) == ([], [])
    assert noted == ["vLLM 0.32 has no class of its own for Dots1ForCausalLM, as 0.23 had: it takes Transformers'"]


def test_a_class_that_no_release_has_is_noted() -> None:
    refused, unknown, noted = answers("Not\x1bOneOfItsForCausalLM", "0.32")
    assert (refused, unknown) == ([], [])
    assert len(noted) == 1
    assert noted[0].isprintable()
    assert "OneOfItsForCausalLM, in no release up to 0.33" in noted[0]


def test_states_in_transformers_are_unknown() -> None:
    keys = {"mamba_d_state": 128, "mamba_n_heads": 64, "mamba_d_head": 64, "attn_layer_indices": [3, 7]}
    shape = read_architecture(llama(architectures=["BambaForCausalLM"], model_type="bamba", **keys))
    assert len(list(unknown_class(shape, VllmVersion(0, 32)))) == 1
    assert list(unknown_class(shape, VllmVersion(0, 23))) == []


@pytest.mark.parametrize(
    ("architecture", "version", "status"),
    [
        ("BaichuanForCausalLM", "0.24", FitStatus.FITS),
        ("BaichuanForCausalLM", "0.32", FitStatus.REFUSED),
        ("GptOssForCausalLM", "0.9.2", FitStatus.UNKNOWN),
    ],
)
def test_the_fit_says_so(architecture: str, version: str, status: FitStatus) -> None:
    shape = read_architecture(llama(architectures=[architecture]))
    found = fit(
        FitRequest(shape=shape, gpu=gpu_named("H100"), gpus=1, engine=VllmVersion.of(version), max_model_len=8192)
    )
    assert found.status is status
    assert bool(found.reasons) is not found.fits


def test_a_class_is_refused_of_a_model_that_is_not_computed_too() -> None:
    shape = read_architecture(llama(architectures=["ArcticForCausalLM"], model_type="arctic"))
    assert shape.uncovered
    found = fit(FitRequest(shape=shape, gpu=gpu_named("H100"), gpus=1, engine=VllmVersion(0, 32)))
    assert found.status is FitStatus.REFUSED


@pytest.mark.parametrize("model", known_models(), ids=lambda model: model.name)
def test_the_newest_release_loads_every_model_of_the_catalogue(model: KnownModel) -> None:
    assert model.shape.architecture in table()["values"]["architectures"]
    assert list(refused_class(model.shape, VllmVersion(0, 33))) == []
