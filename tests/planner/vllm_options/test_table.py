"""The table of options, against what the parsers of two releases print."""

import json
from pathlib import Path

import pytest

from planner.vllm_options.releases import Release, releases, table
from planner.vllm_options.table import any_spelling, by_spelling, history, options, values

PRINTED = Path(__file__).with_name("serve-options-0.32.0.json")
"""Options of vLLM 0.32.0 as its own argparse had them on a machine without a GPU, those of `vllm run-batch` among them."""
RUN_BATCH = {"enable-metrics", "input-file", "output-file", "output-tmp-dir", "url"}
OTHERWISE = {
    "api-key": "takes several keys",
    "api-server-count": "has -asc as well",
    "mm-processor-device": "has the device of the machine, cuda in the image",
    "uvicorn-log-level": "has choices",
}
"""What the printed list has wrong or otherwise: it was taken in part by hand."""


def printed() -> dict[str, tuple[set[str], str, list[str]]]:
    found = {}
    for flags, kind, choices, nargs in json.loads(PRINTED.read_text())["options"]:
        name = next(flag for flag in flags if flag.startswith("--")).removeprefix("--")
        shape = "switch" if kind == "switch" else {"+": "list", "?": "optional"}.get(nargs, "value")
        found[name] = (set(flags), shape, sorted(map(str, choices or [])))
    return found


def test_the_table_of_0_32_is_what_its_parser_has() -> None:
    read = {}
    for name, option in options(Release(32)).items():
        shape = (
            "switch" if option.switch else "list" if option.many else "optional" if option.value_optional else "value"
        )
        read[name] = (set(option.flags), shape, list(option.choices))
    expected = printed()
    assert expected.keys() - read.keys() == RUN_BATCH
    assert read.keys() <= expected.keys()
    assert {name for name in read if read[name] != expected[name]} == OTHERWISE.keys()


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("block-size", {"1", "8", "16", "32", "64", "128"}),
        ("device", {"auto", "cuda", "neuron", "cpu", "tpu", "xpu", "hpu"}),
        ("kv-cache-dtype", {"auto", "fp8", "fp8_e5m2", "fp8_e4m3"}),
        ("task", {"auto", "generate", "embedding", "embed", "classify", "score", "reward", "transcription"}),
        ("tokenizer-mode", {"auto", "slow", "mistral", "custom"}),
        ("scheduling-policy", {"fcfs", "priority"}),
    ],
)
def test_choices_of_an_old_release_are_read_too(name: str, choices: set[str]) -> None:
    assert set(options(Release(8))[name].choices) == choices


def test_every_option_is_there_without_a_gap_or_has_one_form_a_release() -> None:
    for name, forms in table()["options"].items():
        found = [release for form in forms for release in history()[name] if release in history()[name] and form]
        assert len(set(found)) == len(history()[name])
        for release in history()[name]:
            assert options(release)[name].name == name


@pytest.mark.parametrize("release", releases(), ids=str)
def test_each_release_has_one_meaning_for_a_spelling(release: Release) -> None:
    assert {option.name for option in by_spelling(release).values()} == options(release).keys()
    assert by_spelling(release).keys() <= any_spelling().keys()
    assert len(options(release)) > 130


def test_types_are_those_of_the_definitions() -> None:
    new = options(Release(32))
    assert (new["max-num-seqs"].type, new["max-num-seqs"].least) == ("int", 1)
    assert new["max-model-len"].type == "human"
    assert new["cpu-offload-gb"].type == "float"
    assert new["kv-transfer-config"].type == "json"
    assert new["enforce-eager"].type == ""


def test_values_have_releases() -> None:
    assert Release(27) in values("quantization")["bitsandbytes"]
    assert Release(28) not in values("quantization")["bitsandbytes"]
    assert values("no-such-option") == {}
