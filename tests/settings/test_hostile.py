"""Settings of a wrong kind, huge, negative, or with odd characters: each is one clear line with its key path."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from settings.issues import SettingsError
from settings.loading.parse import parse
from settings.loading.stack_file import StackFileError, read_settings
from tests.settings.bad_settings import PLATFORM

HUGE = 10**400
NAN = float("nan")
_SMALL = ("services", "small")
_NUMBER = "write a number"
_WHOLE = "write a whole number"
_SWITCH = "write true or false"
_QUOTES = "is read as a number or switch: put it in quotes"

HOSTILE: tuple[tuple[tuple[Any, ...], Any, str, str], ...] = (
    # kinds of numbers
    ((*_SMALL, "replicas"), True, "services.small.replicas", f"is true, a switch: {_WHOLE}"),
    ((*_SMALL, "replicas"), "٢", "services.small.replicas", _WHOLE),
    ((*_SMALL, "replicas"), "2.0", "services.small.replicas", _WHOLE),
    ((*_SMALL, "replicas"), 2.5, "services.small.replicas", _WHOLE),
    ((*_SMALL, "replicas"), NAN, "services.small.replicas", "is nan"),
    ((*_SMALL, "replicas"), HUGE, "services.small.replicas", "is a number of about 400 digits"),
    ((*_SMALL, "replicas"), "9" * 400, "services.small.replicas", "(402 characters)"),
    ((*_SMALL, "replicas"), "0x2", "services.small.replicas", _WHOLE),
    ((*_SMALL, "replicas"), "1e3", "services.small.replicas", _WHOLE),
    ((*_SMALL, "replicas"), None, "services.small.replicas", "is null"),
    ((*_SMALL, "replicas"), -1, "services.small.replicas", "1 at least"),
    ((*_SMALL, "tensor_parallel"), True, "services.small.tensor_parallel", "is true, a switch"),
    ((*_SMALL, "tensor_parallel"), HUGE, "services.small.tensor_parallel", "about 400 digits"),
    ((*_SMALL, "pipeline_parallel"), False, "services.small.pipeline_parallel", "is false, a switch"),
    ((*_SMALL, "gpu_memory_utilization"), True, "services.small.gpu_memory_utilization", f"a switch: {_NUMBER}"),
    ((*_SMALL, "gpu_memory_utilization"), "0,9", "services.small.gpu_memory_utilization", _NUMBER),
    ((*_SMALL, "gpu_memory_utilization"), float("inf"), "services.small.gpu_memory_utilization", "is inf"),
    ((*_SMALL, "gpu_memory_utilization"), "\u0660.\u0669", "services.small.gpu_memory_utilization", _NUMBER),
    ((*_SMALL, "max_model_len"), "8k", "services.small.max_model_len", _WHOLE),
    ((*_SMALL, "max_model_len"), -8192, "services.small.max_model_len", "16 at least"),
    ((*_SMALL, "max_model_len"), 1e300, "services.small.max_model_len", "is 1e+300"),
    ((*_SMALL, "startup_seconds"), True, "services.small.startup_seconds", "a switch"),
    ((*_SMALL, "startup_seconds"), 10**9, "services.small.startup_seconds", "86400 at most"),
    ((*_SMALL, "endpoint"), {"port": True}, "services.small.endpoint.port", "a switch"),
    ((*_SMALL, "endpoint"), {"port": 80.5}, "services.small.endpoint.port", _WHOLE),
    ((*_SMALL, "endpoint"), {"source_ranges": [10]}, "services.small.endpoint.source_ranges[0]", _QUOTES),
    ((*_SMALL, "weights"), {"source": "hub", "size_gib": True}, "services.small.weights.size_gib", "a switch"),
    ((*_SMALL, "weights"), {"source": "hub", "size_gib": NAN}, "services.small.weights.size_gib", "is nan"),
    ((*_SMALL, "weights"), {"source": "hub", "size_gib": -7}, "services.small.weights.size_gib", "more than 0"),
    ((*_SMALL, "weights"), {"source": True}, "services.small.weights.source", "choose from bucket, hub"),
    # switches
    ((*_SMALL, "path_allow_list"), "yes", "services.small.path_allow_list", _SWITCH),
    ((*_SMALL, "path_allow_list"), 0, "services.small.path_allow_list", _SWITCH),
    (("protect",), "on", "protect", _SWITCH),
    (("protect",), 1, "protect", _SWITCH),
    (("bucket",), {"retain": "no"}, "bucket.retain", _SWITCH),
    (("cluster", "node_repair"), 1, "cluster.node_repair", _SWITCH),
    # texts
    (("owner",), True, "owner", _QUOTES),
    (("owner",), date(2026, 1, 1), "owner", "write text"),
    (("owner",), "a\0b", "owner", "is not the value of an AWS tag"),
    (("owner",), "a\tb", "owner", "is not the value of an AWS tag"),
    (("owner",), "a\u202eb", "owner", "is not the value of an AWS tag"),
    (("owner",), "x" * 10_000, "owner", "(10,002 characters)"),
    (("region",), "us\u2010east\u20101", "region", "is not an AWS region"),
    (("account",), True, "account", "write its 12 digits"),
    (("account",), "١٢٣٤٥٦٧٨٩٠١٢", "account", "write its 12 digits"),
    (("account",), HUGE, "account", "a number of about 400 digits"),
    (("tags",), {"a": 1}, "tags.a", _QUOTES),
    (("tags",), {5: "a"}, "tags[5]", _QUOTES),
    (("tags",), {"a\0": "b"}, 'tags["a\\u0000"]', "is not an AWS tag"),
    (("tags",), ["a"], "tags", "write a map"),
    ((*_SMALL, "model"), 5, "services.small.model", _QUOTES),
    ((*_SMALL, "model"), f"a/{'b' * 5000}", "services.small.model", "is not a Hugging Face model"),
    ((*_SMALL, "model"), "Qwen/Qwen3-4B\0", "services.small.model", "is not a Hugging Face model"),
    ((*_SMALL, "model"), "Qwen/Q\uff57en3-4B", "services.small.model", "is not a Hugging Face model"),
    ((*_SMALL, "model"), "../../etc", "services.small.model", "is not a Hugging Face model"),
    ((*_SMALL, "served_model_name"), "a\nb", "services.small.served_model_name", "cannot be sent"),
    ((*_SMALL, "served_model_name"), "--host", "services.small.served_model_name", "cannot be sent"),
    ((*_SMALL, "served_model_name"), "x" * 300, "services.small.served_model_name", "at most 256 characters"),
    ((*_SMALL, "image"), "vllm/vllm-openai:v0.32.0\n", "services.small.image", "names no version"),
    ((*_SMALL, "image"), f"vllm/vllm-openai:{'v' * 5000}", "services.small.image", "names no version"),
    ((*_SMALL, "image"), "vllm/vllm-openai:nightly", "services.small.image", "name a version"),
    ((*_SMALL, "image"), "vllm/vllm-openai:v0-latest", "services.small.image", "name a version"),
    ((*_SMALL, "kind"), None, "services.small.kind", "is null: choose from vllm, ollama"),
    ((*_SMALL, "kind"), "x" * 3000, "services.small.kind", "(3,002 characters): choose from"),
    # maps and lists
    ((*_SMALL, "args"), [], "services.small.args", "write a map"),
    ((*_SMALL, "args"), {1: 2}, "services.small.args[1]", _QUOTES),
    ((*_SMALL, "weights"), "hub", "services.small.weights", "write a map"),
    ((*_SMALL, "weights"), None, "services.small.weights", "is null: write a map"),
    (("services",), [], "services", "write a map"),
    (("services",), {"small": None}, "services.small", "is null: write a map"),
    (("services",), {None: {}}, "services.None", "write text"),
    (("services",), {True: {}}, "services.True", _QUOTES),
    (("pools",), None, "pools", "write a map"),
    (("pools", "g5"), [], "pools.g5", "write a map"),
    (("pools", "g5", "max"), True, "pools.g5.max", "a switch"),
    (("pools", "g5", "max"), 10**30, "pools.g5.max", "about 30 digits"),
    (("pools", "g5", "disk_gib"), "100GB", "pools.g5.disk_gib", _WHOLE),
    (("pools", "g5", "instance_types"), "g5.2xlarge", "pools.g5.instance_types", "write a list"),
    (("pools", "g5", "instance_types"), [True], "pools.g5.instance_types[0]", _QUOTES),
    (("pools", 5), {}, "pools.5", _QUOTES),
    (("network",), "x", "network", "write a map"),
    (("network",), {"cidr": 10}, "network.cidr", _QUOTES),
    (("network",), {"cidr": "10.0.0.0/33"}, "network.cidr", "is not an IPv4 network"),
    (("network",), {"zones": "ab"}, "network.zones", "write a list"),
    (("cluster", "api_access"), None, "cluster.api_access", "must be exactly one of"),
    (("cluster", "api_access"), ["a"], "cluster.api_access", "must be exactly one of"),
    (("cluster", "api_access"), HUGE, "cluster.api_access", "must be exactly one of"),
    (("cluster", "version"), "-" * 3000, "cluster.version", "(3,002 characters) is not a version"),
    (("pools", "g5", "instance_types"), ["-" * 3000], "pools.g5.instance_types[0]", "is not an instance type"),
    (("cluster", "version"), 1.30, "cluster.version", _QUOTES),
    (("cluster", "admins"), "x", "cluster.admins", "write a list"),
    (("budget",), 5, "budget", "write a map"),
    (("budget",), {"usd_per_month": True}, "budget.usd_per_month", "a switch"),
    (("budget",), {"usd_per_month": HUGE}, "budget.usd_per_month", "about 400 digits"),
    (
        ("budget",),
        {"usd_per_month": 99_999, "instance_usd_per_hour": {"g5.2xlarge": True}},
        "budget.instance_usd_per_hour.g5.2xlarge",
        "a switch",
    ),
    (("team_options",), "x", "team_options", "write a list"),
    (("team_options",), [5], "team_options[0]", _QUOTES),
    # keys
    (("extra\nkey",), 1, '["extra\\nkey"]', "unknown setting"),
    (("extra\0",), 1, '["extra\\u0000"]', "unknown setting"),
    (("x" * 3000,), 1, f"{'x' * 100}...", "unknown setting"),
    ((5,), 1, "5", "unknown setting"),
)


def with_value(keys: tuple[Any, ...], value: Any) -> dict[str, Any]:
    settings: dict[str, Any] = deepcopy(PLATFORM)
    inner = settings
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return settings


def issues(raw: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(raw, stack="dev", today=date(2026, 11, 1))
    return [str(issue) for issue in caught.value.issues]


@pytest.mark.parametrize(("keys", "value", "path", "fix"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_setting_is_one_line(keys: tuple[Any, ...], value: Any, path: str, fix: str) -> None:
    found = issues(with_value(keys, value))
    at_path = [line for line in found if line.startswith(f"llm-platform:{path}: ")]
    assert len(at_path) == 1, found
    assert fix in at_path[0]
    assert len(at_path[0]) < 450
    assert at_path[0].isprintable()
    # Without the pools or services that are wrong, what names them is wrong as well; anything else is said once.
    assert len(found) == 1 or keys[0] in {"pools", "network"}, found


ACCEPTED = (
    ((*_SMALL, "replicas"), "2"),
    ((*_SMALL, "replicas"), 2.0),
    ((*_SMALL, "tensor_parallel"), "1"),
    ((*_SMALL, "gpu_memory_utilization"), "0.85"),
    ((*_SMALL, "max_model_len"), "4096"),
    ((*_SMALL, "path_allow_list"), "true"),
    ((*_SMALL, "weights"), {"source": "hub", "size_gib": "7.5"}),
    (("pools", "g5", "max"), "3"),
    (("protect",), "true"),
    (("account",), 123456789012),
    (("budget",), {"usd_per_month": "20000"}),
)


@pytest.mark.parametrize(("keys", "value"), ACCEPTED, ids=range(len(ACCEPTED)))
def test_text_numbers_are_read(keys: tuple[Any, ...], value: Any) -> None:
    parse(with_value(keys, value), stack="dev", today=date(2026, 11, 1))


STACK_FILE = """
config:
  llm-platform:owner: {owner}
  llm-platform:region: us-east-1
  llm-platform:network: {{zones: [a, b]}}
  llm-platform:cluster:
    version: {version}
    api_access: {{public_cidrs: [203.0.113.7/32]}}
    admins: [arn:aws:iam::123456789012:role/platform-admin]
  llm-platform:pools: &pools
    system: {{kind: system, instance_types: [m5.xlarge], min: 2, max: {most}}}
    g5: {{kind: gpu, instance_types: [g5.2xlarge], max: 2}}
  llm-platform:services:
    small:
      model: Qwen/Qwen3-4B
      pool: g5
      replicas: {replicas}
      max_model_len: {length}
      path_allow_list: {switch}
      weights: {{source: hub}}
"""
GOOD = {"owner": "ml", "version": '"1.35"', "most": "4", "replicas": "1", "length": "8192", "switch": "true"}


@pytest.mark.parametrize(
    ("change", "path", "fix"),
    [
        ({}, "", ""),
        ({"length": "0x2000"}, "", ""),
        ({"length": "8_192"}, "", ""),
        ({"length": "8.192e3"}, "", ""),
        ({"length": "8192 # of 32k"}, "", ""),
        ({"length": "'8192'"}, "", ""),
        ({"length": "2:16:32"}, "services.small.max_model_len", _WHOLE),
        ({"replicas": "yes"}, "services.small.replicas", "is 'yes'"),
        ({"replicas": "true"}, "services.small.replicas", "is true, a switch"),
        ({"replicas": ".inf"}, "services.small.replicas", "is inf"),
        ({"replicas": ".nan"}, "services.small.replicas", "is nan"),
        ({"replicas": "2026-01-01"}, "services.small.replicas", "is '2026-01-01'"),
        ({"replicas": "!!binary aGk="}, "services.small.replicas", _WHOLE),
        ({"replicas": "{a: 1}"}, "services.small.replicas", _WHOLE),
        ({"switch": "on"}, "services.small.path_allow_list", _SWITCH),
        ({"switch": "1"}, "services.small.path_allow_list", _SWITCH),
        ({"version": "1.35"}, "cluster.version", _QUOTES),
        ({"most": "*pools"}, "", "an alias"),
        ({"owner": "{secure: x}"}, "owner", "is missing"),
    ],
)
def test_oddities_of_yaml_in_a_stack_file(tmp_path: Path, change: dict[str, str], path: str, fix: str) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text(STACK_FILE.format(**(GOOD | change)))
    try:
        raw = read_settings(file)
        parse(
            {key: value for key, value in raw.items() if key != "hf_api_token"}, stack="mine", today=date(2026, 11, 1)
        )
        found = []
    except SettingsError as error:
        found = [str(issue) for issue in error.issues]
    except StackFileError as error:
        found = [str(error)]
    if not fix:
        assert not found
        return
    (line,) = found
    assert path in line
    assert fix in line
    assert line.isprintable()
