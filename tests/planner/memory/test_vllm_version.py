"""What differs between versions of vLLM."""

import pytest

from planner.memory.vllm_version import VersionError, VllmVersion


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.32", VllmVersion(0, 32)),
        ("v0.11.2", VllmVersion(0, 11, 2)),
        (" 0.19.2rc1 ", VllmVersion(0, 19, 2)),
        ("0.8.5.post1", VllmVersion(0, 8, 5)),
        ("1.0", VllmVersion(1, 0)),
    ],
)
def test_versions_as_people_write_them(text: str, version: VllmVersion) -> None:
    assert VllmVersion.of(text) == version


@pytest.mark.parametrize("text", ["", "latest", "32", "nightly"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(VersionError, match=r"is not a version of vLLM: write it like 0\.32"):
        VllmVersion.of(text)


def test_versions_as_they_are_written() -> None:
    assert str(VllmVersion(0, 32)) == "0.32"
    assert str(VllmVersion(0, 11, 2)) == "0.11.2"


@pytest.mark.parametrize(
    ("gpu", "visible", "minor", "batched", "sequences"),
    [
        ("H100", 79.18, 32, 8192, 1024),
        ("A100 80GB", 79.2, 32, 2048, 256),
        ("A100 80GB", 79.2, 8, 8192, 1024),
        ("L4", 22.06, 32, 2048, 256),
        ("B200", 178.35, 32, 16384, 1024),
        ("B200", 178.35, 27, 8192, 1024),
        ("RTX PRO 6000", 95.01, 20, 8192, 1024),
    ],
)
def test_defaults_by_memory(gpu: str, visible: float, minor: int, batched: int, sequences: int) -> None:
    engine = VllmVersion(0, minor)
    assert engine.default_batched_tokens(gpu, visible) == batched
    assert engine.default_sequences(gpu, visible) == sequences


def test_cuda_context_counted_up_to_0_9_0() -> None:
    assert VllmVersion(0, 8, 5).counts_context
    assert VllmVersion(0, 9, 0).counts_context
    assert not VllmVersion(0, 9, 1).counts_context


def test_which_models_the_second_runner_serves() -> None:
    def served(minor: int, architecture: str, *, dense: bool = True, quantized: bool = False) -> bool:
        return VllmVersion(0, minor).runner_2(architecture, dense=dense, quantized=quantized)

    assert not served(21, "Qwen3ForCausalLM")
    assert served(22, "Qwen3ForCausalLM")
    assert not served(22, "Qwen3ForCausalLM", quantized=True)
    assert not served(22, "LlamaForCausalLM")
    assert served(23, "LlamaForCausalLM", quantized=True)
    assert served(25, "Gemma3ForCausalLM")
    assert not served(25, "Qwen3MoeForCausalLM", dense=False)
    assert served(25, "Qwen2MoeForCausalLM", dense=False)
    assert served(30, "Qwen3MoeForCausalLM", dense=False)


def test_graphs_are_reserved_since_0_20_by_the_first_runner_and_0_29_by_the_second() -> None:
    assert [VllmVersion(0, minor).reserves_graphs(runner_2=False) for minor in (19, 20)] == [False, True]
    assert [VllmVersion(0, minor).reserves_graphs(runner_2=True) for minor in (28, 29)] == [False, True]


def test_what_is_older_than_0_8_is_not_covered() -> None:
    assert [VllmVersion(0, minor).covered for minor in (7, 8, 32)] == [False, True, True]
    assert VllmVersion(1, 0).covered


@pytest.mark.parametrize(
    ("text", "by_concurrency"), [("0.19.1", False), ("0.20.0", False), ("0.20.2", True), ("0.33", True)]
)
def test_printed_tokens_follow_concurrency_since_0_20_1(text: str, by_concurrency: bool) -> None:  # noqa: FBT001
    assert VllmVersion.of(text).counts_by_concurrency is by_concurrency
