"""Options of `vllm serve`."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from planner.vllm_options.releases import Release, newest, releases
from planner.vllm_options.removed import OTHER_COMMANDS, REMOVED
from planner.vllm_options.table import history, options, values
from planner.vllm_options.validate import PLATFORM_OPTIONS, option_problems, render_options, unknown_option


def test_the_table_is_that_of_the_default_image() -> None:
    assert len(options()) > 300
    assert set(options()["dtype"].choices) == {"auto", "bfloat16", "float16", "float", "float32", "half"}
    assert options()["served-model-name"].many
    assert options()["enable-prefix-caching"].negatable


def test_every_option_the_platform_keeps_is_one() -> None:
    assert set(PLATFORM_OPTIONS) <= set(options(newest()))


@pytest.mark.parametrize("name", sorted(PLATFORM_OPTIONS))
def test_the_platforms_own_options_are_refused_with_what_to_do(name: str) -> None:
    assert list(option_problems({name: 1})) == [(name, f"is the platform's own: {PLATFORM_OPTIONS[name]}")]


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("tp", 2, "set the service's `tensor_parallel`"),
        ("no-enable-prefix-caching", True, "enable-prefix-caching: false"),
        ("sc", {"model": "x"}, "speculative-config"),
        ("qqqqqqqq", 1, "see `vllm serve --help=all`"),
        ("max-num-seqs", True, "write one value"),
        ("max-num-seqs", None, "write one value"),
        ("max-num-seqs", {"a": 1}, "takes no map"),
        ("tokenizer", "", "is empty"),
        ("disable-log-stats", False, "omit it"),
        ("collect-detailed-traces", ["all", "some"], "choose from None, all, model, worker"),
        ("kv-cache-dtype", "fp9", "choose from auto"),
        ("mamba-cache-dtype", "float-16", "did you mean float16?"),
    ],
)
def test_a_wrong_option_is_told_with_its_cure(name: str, value: object, cure: str) -> None:
    problems = list(option_problems({name: value}))  # type: ignore[dict-item]
    assert len(problems) == 1
    assert cure in problems[0][1]


@pytest.mark.parametrize(
    ("minor", "name", "fix"),
    [
        (32, "-O3", "is written by its long name, without dashes in front: optimization-level: 3"),
        (32, "O0", "is written by its long name, without dashes in front: optimization-level: 0"),
        (32, "-O=2", "is written by its long name, without dashes in front: optimization-level: 2"),
        (32, "-O", "is written by its long name, without dashes in front: optimization-level: ..."),
        (32, "-O.mode", 'is a key inside compilation-config: write compilation-config: {"mode": ...}'),
        (11, "-O3", 'is a key inside compilation-config in vLLM 0.11: write compilation-config: {"level": 3}'),
        (32, "-cc.mode=3", 'is a key inside compilation-config: write compilation-config: {"mode": 3}'),
        (32, "-sc.method", 'is a key inside speculative-config: write speculative-config: {"method": ...}'),
        (32, "kv_transfer_config.kv_role", 'write kv-transfer-config: {"kv_role": ...}'),
        (32, "--max-num-seqs=64", "has its value in its name: write max-num-seqs: 64"),
        (32, "enable_prefix_caching=false", "has its value in its name: write enable-prefix-caching: false"),
        (32, "--tensor-parallel-size=2", "is the platform's own: set the service's `tensor_parallel`"),
    ],
)
def test_a_word_of_a_command_line_is_named_as_an_option_here(minor: int, name: str, fix: str) -> None:
    assert fix in unknown_option(name, Release(minor))


@pytest.mark.parametrize("value", [0, 3, "2"])
def test_an_optimisation_level_is_a_number(value: Any) -> None:
    assert list(option_problems({"optimization-level": value})) == []


@pytest.mark.parametrize("value", [4, "O3", "decode"])
def test_an_optimisation_level_that_vllm_ends_with_is_refused(value: Any) -> None:
    ((_, message),) = option_problems({"optimization-level": value})
    assert "choose from 0, 1, 2, 3" in message


def test_good_options_become_words_of_a_command_line() -> None:
    args = {
        "max-num-seqs": 64,
        "enable-prefix-caching": False,
        "disable-log-stats": True,
        "speculative-config": {"num_speculative_tokens": 3},
        "lora-modules": ["a=/x", "b=/y"],
        "seed": -1,
    }
    assert list(option_problems(args)) == []  # type: ignore[arg-type]
    assert render_options(args) == [  # type: ignore[arg-type]
        "--max-num-seqs=64",
        "--no-enable-prefix-caching",
        "--disable-log-stats",
        '--speculative-config={"num_speculative_tokens":3}',
        *("--lora-modules", "a=/x", "b=/y"),
        "--seed=-1",
    ]


def test_the_table_is_that_of_each_release() -> None:
    assert [str(release) for release in releases()] == [f"0.{minor}" for minor in range(8, newest().minor + 1)]
    assert "disable-log-requests" in options(Release(9))
    assert "enable-log-requests" not in options(Release(9))
    assert not options(Release(8))["enforce-eager"].negatable
    assert options(Release(32))["enforce-eager"].negatable


@pytest.mark.parametrize(
    ("minor", "name", "value"),
    [
        (9, "disable-log-requests", True),
        (16, "disable-log-requests", True),
        (10, "enable-log-requests", True),
        (10, "rope-scaling", {"rope_type": "yarn", "factor": 4.0}),
        (10, "async-scheduling", True),
        (12, "task", "embed"),
        (17, "swap-space", 8),
        (8, "num-scheduler-steps", 8),
        (11, "guided-decoding-backend", "outlines"),
        (31, "log-level", "DEBUG"),
        (33, "reasoning-effort-map", {"medium": "low"}),
    ],
)
def test_an_option_is_accepted_by_the_releases_that_have_it(minor: int, name: str, value: object) -> None:
    assert list(option_problems({name: value}, Release(minor))) == []  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("minor", "name", "value", "said"),
    [
        (9, "enable-log-requests", True, "is not an option of vLLM 0.9: enable-log-requests came with 0.10"),
        (8, "async-scheduling", True, "is not an option of vLLM 0.8: async-scheduling came with 0.10"),
        (12, "attention-backend", "FLASHINFER", "attention-backend came with 0.13"),
        (12, "attention_backend", "FLASHINFER", "attention-backend came with 0.13"),
        (32, "reasoning-effort-map", {}, "reasoning-effort-map came with 0.33"),
        (
            32,
            "disable-log-requests",
            True,
            "is not an option of vLLM 0.32, the last release with it is 0.16: requests are not logged unless",
        ),
        (32, "rope-scaling", "{}", "use hf-overrides"),
        (32, "rope_theta", 1e6, "use hf-overrides"),
        (32, "guided-decoding-backend", "outlines", "use structured-outputs-config"),
        (32, "enable-reasoning", True, "reasoning-parser alone is enough"),
        (32, "no-enable-reasoning", True, "reasoning-parser alone is enough"),
        (32, "num-scheduler-steps", 8, "belonged to the V0 engine, which is gone"),
        (32, "task", "embed", "runner: pooling with convert: embed"),
        (32, "swap-space", 8, "omit it"),
        (32, "override-pooler-config", "{}", "use pooler-config"),
        (32, "cuda-graph-sizes", "1", "use cudagraph-capture-sizes"),
        (32, "device", "cuda", "omit it"),
        (32, "speculative-model", "a/b", "use speculative-config"),
        (32, "max-num-seq", 8, "did you mean max-num-seqs?"),
        (32, "tool-parser", "hermes", "did you mean tool-call-parser?"),
        (32, "attention", "x", "see `vllm serve --help=all`"),
        (32, "hf-overrides.rope_scaling", 1, 'is a key inside hf-overrides: write hf-overrides: {"rope_scaling": ...}'),
        (32, "input-file", "x", "it belongs to `vllm run-batch`; omit it"),
        (8, "enforce-eager", False, "is a switch without an off: omit it"),
    ],
)
def test_an_option_that_the_release_lacks_is_refused_with_what_to_do(
    minor: int, name: str, value: object, said: str
) -> None:
    ((where, message),) = option_problems({name: value}, Release(minor))  # type: ignore[dict-item]
    assert where == name
    assert said in message
    assert "\n" not in message


def test_every_option_that_a_later_release_dropped_says_what_to_do() -> None:
    dropped = {name for name, found in history().items() if newest() not in found}
    assert dropped <= REMOVED.keys()
    assert not REMOVED.keys() & options(newest()).keys()
    for name in dropped:
        last = max(history()[name])
        assert f"the last release with it is {last}: {REMOVED[name]}" in unknown_option(name, newest())


def test_what_takes_the_place_of_an_option_exists() -> None:
    for name, fix in REMOVED.items():
        words = re.findall(r"(?:use|with|unless) ([a-z]+(?:-[a-z]+)+)", fix)
        assert set(words) <= history().keys() | {"run-batch"}, name


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_no_removed_option_is_answered_with_a_guess(name: str) -> None:
    assert "did you mean" not in unknown_option(name, newest())


def test_options_of_other_commands_are_none_of_vllm_serve() -> None:
    assert OTHER_COMMANDS.keys().isdisjoint(history())


@pytest.mark.parametrize("release", releases(), ids=str)
def test_what_the_platform_passes_exists_in_every_release(release: Release) -> None:
    passed = {"host", "port", "served-model-name", "max-model-len", "gpu-memory-utilization", "tensor-parallel-size"}
    passed |= {
        "pipeline-parallel-size",
        "dtype",
        "quantization",
        "revision",
        "load-format",
        "model-loader-extra-config",
    }
    passed |= {"middleware", "disable-fastapi-docs"} | ({"shutdown-timeout"} if release.minor >= 18 else set())
    assert passed <= options(release).keys()
    assert ("shutdown-timeout" in options(release)) == (release.minor >= 18)
    assert release in values("load-format")["runai_streamer"]


def test_a_list_is_rendered_as_its_release_takes_it() -> None:
    assert render_options({"ignore-patterns": "original/*"}, Release(8)) == ["--ignore-patterns=original/*"]
    assert render_options({"ignore-patterns": "original/*"}, Release(9)) == ["--ignore-patterns", "original/*"]


_NAMES = st.one_of(st.sampled_from(sorted({*history(), *REMOVED, *OTHER_COMMANDS})), st.text(max_size=40))
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=80), st.integers(10**300, 10**301)
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)


@pytest.mark.thorough
@settings(max_examples=300, deadline=None)
@given(args=st.dictionaries(_NAMES, _VALUES, max_size=3), release=st.sampled_from(releases()))
def test_any_options_are_answered_in_lines(args: dict[str, Any], release: Release) -> None:
    for name, message in option_problems(args, release):
        assert name in args
        assert message.isprintable()
        assert len(message) < 1000
    if not list(option_problems(args, release)):
        assert all(isinstance(word, str) for word in render_options(args, release))


@pytest.mark.parametrize(
    ("minor", "name", "value", "fix"),
    [
        (32, "compilation-config", 3, 'is 3, and vLLM 0.32 reads an object here: write {"mode": 3}'),
        (11, "compilation-config", 3, 'write {"mode": 3}'),
        (10, "compilation-config", 3, None),
        (8, "compilation-config", 3, None),
        (32, "compilation-config", {"mode": 3}, None),
        (32, "attention-config", 3, 'write it like {"name": "value"}'),
    ],
)
def test_a_number_where_an_object_is_read(minor: int, name: str, value: JsonValue, fix: str | None) -> None:
    problems = [text for _, text in option_problems({name: value}, Release(minor))]
    assert len(problems) == (fix is not None)
    assert fix is None or fix in problems[0]
