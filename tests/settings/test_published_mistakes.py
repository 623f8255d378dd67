"""Settings with mistakes that people published, and others of their kinds: how many lines, at which key, with which fix."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from settings.issues import SettingsError
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM


def found(pool: str = "g5", **service: Any) -> list[str]:
    raw = deepcopy(PLATFORM)
    raw["services"]["small"] |= {"pool": pool, **service}
    try:
        parse(raw, stack="dev", today=date(2026, 11, 1))
    except SettingsError as error:
        return [str(issue) for issue in error.issues]
    return []


def image(tag: str) -> str:
    return f"vllm/vllm-openai:{tag}"


ACCEPTED: tuple[dict[str, Any], ...] = (
    {"image": image("v0.9.2"), "args": {"disable-log-requests": True}},
    {"image": image("v0.12.0"), "args": {"enable-log-requests": True}},
    {"image": image("v0.12.0"), "args": {"async-scheduling": True}},
    {"args": {"enable-auto-tool-choice": True, "tool-call-parser": "llama3_json"}},
    {"args": {"reasoning-parser": "deepseek_r1"}},
    {"args": {"max-num-seqs": "16"}},
    {"image": image("v0.8.5"), "dtype": "float16", "pool": "p3"},
    {"image": image("v0.10.2"), "dtype": "float16", "pool": "p3"},
    {"image": image("v0.19.1"), "dtype": "float16", "pool": "p3"},
    {"image": image("nightly-2f4117c5ab0c8b8ee8e3ae0f6b8b6e6a1d7c9e01")},
    {"image": f"vllm/vllm-openai@sha256:{'a' * 64}"},
    {"args": {"kv-offloading-size": 4}},
)


@pytest.mark.parametrize("service", ACCEPTED, ids=str)
def test_what_is_right_is_accepted(service: dict[str, Any]) -> None:
    assert found(**service) == []


_ARGS = "services.small.args"
_IMAGE = "services.small.image"
REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    # options that one release has and another has not (kserve/kserve#4883)
    (
        {"image": image("v0.9.2"), "args": {"enable-log-requests": True}},
        f"{_ARGS}.enable-log-requests",
        "came with 0.10",
    ),
    ({"image": image("v0.8.5"), "args": {"async-scheduling": True}}, f"{_ARGS}.async-scheduling", "came with 0.10"),
    ({"image": image("v0.8.5"), "args": {"kv-offloading-size": 4}}, f"{_ARGS}.kv-offloading-size", "came with 0.11"),
    ({"args": {"disable-log-requests": True}}, f"{_ARGS}.disable-log-requests", "is not an option of vLLM 0.32"),
    # names of parsers (vllm-project/vllm#9312)
    (
        {"args": {"enable-auto-tool-choice": True, "tool-call-parser": "llama3json"}},
        f"{_ARGS}.tool-call-parser",
        "did you mean llama3_json?",
    ),
    ({"args": {"reasoning-parser": "deepseek-r1"}}, f"{_ARGS}.reasoning-parser", "did you mean deepseek_r1?"),
    (
        {"args": {"kv-transfer-config": {"kv_connector": "NixlConector", "kv_role": "kv_both"}}},
        f"{_ARGS}.kv-transfer-config",
        "did you mean NixlConnector?",
    ),
    # options that are gone
    ({"args": {"rope-scaling": '{"rope_type":"yarn","factor":4.0}'}}, f"{_ARGS}.rope-scaling", "use hf-overrides"),
    (
        {"args": {"guided-decoding-backend": "outlines"}},
        f"{_ARGS}.guided-decoding-backend",
        "use structured-outputs-config",
    ),
    ({"args": {"enable-reasoning": True}}, f"{_ARGS}.enable-reasoning", "reasoning-parser alone is enough"),
    ({"args": {"num-scheduler-steps": 8}}, f"{_ARGS}.num-scheduler-steps", "omit it"),
    ({"args": {"task": "embed"}}, f"{_ARGS}.task", "runner: pooling with convert: embed"),
    ({"args": {"swap-space": 8}}, f"{_ARGS}.swap-space", "omit it"),
    # numbers of options
    ({"args": {"max-num-seqs": -5}}, f"{_ARGS}.max-num-seqs", "is -5: write a whole number, 1 or more"),
    ({"args": {"max-num-seqs": True}}, f"{_ARGS}.max-num-seqs", "takes a value, not true"),
    ({"args": {"max-num-batched-tokens": "9" * 400}}, f"{_ARGS}.max-num-batched-tokens", "and at most"),
    ({"args": {"max-num-seqs": 10**400}}, f"{_ARGS}.max-num-seqs", "a number of about 400 digits"),
    ({"args": {"cpu-offload-gb": 10**400}}, f"{_ARGS}.cpu-offload-gb", "a number of about 400 digits"),
    ({"args": {"kv-offloading-size": "4GB"}}, f"{_ARGS}.kv-offloading-size", "write a number of GiB, more than 0"),
    ({"args": {"kv-offloading-size": 0}}, f"{_ARGS}.kv-offloading-size", "more than 0"),
    ({"args": {"kv-offloading-size": float("nan")}}, f"{_ARGS}.kv-offloading-size", "write a number of GiB"),
    ({"args": {"kv-transfer-config": "NixlConnector"}}, f"{_ARGS}.kv-transfer-config", "vLLM reads JSON here"),
    ({"args": {"kv-transfer-config": {"kv_connector": 5}}}, f"{_ARGS}.kv-transfer-config", "write its name"),
    # a GPU that the images have no kernels for (vllm-project/vllm#18818)
    *(
        (
            {"image": image(tag), "dtype": "float16", "pool": "p3"},
            _IMAGE,
            "no kernels for the V100 (compute capability 7.0): an image of vLLM 0.8, or 0.10.2 to 0.19",
        )
        for tag in ("v0.9.0", "v0.9.2", "v0.10.1", "v0.19.1-cu130", "v0.20.0", "v0.32.0")
    ),
    # the key that was written
    ({"pool": "g4", "args": {"kv-cache-dtype": "nvfp4"}}, f"{_ARGS}.kv-cache-dtype", "no NVFP4 KV cache"),
    (
        {"image": image("v0.30.0"), "args": {"kv-cache-dtype": "nvfp4"}},
        f"{_ARGS}.kv-cache-dtype",
        "no NVFP4 KV cache in vLLM 0.30: kv_cache_dtype fp8",
    ),
    ({"pool": "g4", "args": {"kv-cache-dtype": "fp8"}}, f"{_ARGS}.kv-cache-dtype", "no FP8 KV cache"),
    # tags that move
    *(
        ({"image": image(tag)}, _IMAGE, "name a version")
        for tag in ("latest", "nightly", "latest-nightly", "main", "stable", "dev", "v0-latest", "edge", "head", "v0")
    ),
    ({"image": image("cu130-nightly")}, _IMAGE, "name a version"),
)


@pytest.mark.parametrize(("service", "path", "fix"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_mistake_is_one_line_at_its_key(service: dict[str, Any], path: str, fix: str) -> None:
    lines = found(**service)
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"llm-platform:{path}: "), lines
    assert fix in lines[0]
    assert len(lines[0]) < 500
