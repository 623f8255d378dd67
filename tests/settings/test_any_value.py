"""Whatever a setting is: issues, each one short printable line, and nothing else."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.issues import SettingsError
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM
from tests.soak import examples

_VLLM = {
    **PLATFORM["services"]["small"],
    "image": "vllm/vllm-openai:v0.32.0",
    "tensor_parallel": 1,
    "pipeline_parallel": 1,
    "dtype": "auto",
    "gpu_memory_utilization": 0.9,
    "args": {"max-num-seqs": 16, "kv-offloading-size": 1, "enforce-eager": True},
    "startup_seconds": 900,
    "endpoint": {"scheme": "internal", "source_ranges": ["10.0.0.0/8"], "port": 80},
    "served_model_name": "chat",
    "path_allow_list": True,
    "weights": {
        "source": "bucket",
        "prefix": "weights/x",
        "mirror": True,
        "size_gib": 7.5,
        "revision": "main",
        "gated": False,
    },
}
_OLLAMA = {
    "kind": "ollama",
    "model": "llama3.1:8b",
    "pool": "cpu",
    "additional_pools": [],
    "cpu": 6,
    "memory_gib": 12,
    "parallel": 4,
    "weights": {"source": "registry"},
}
WHOLE: dict[str, Any] = {
    **deepcopy(PLATFORM),
    "cost_center": "x",
    "tags": {"a": "b"},
    "account": "123456789012",
    "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/x", "external_id": "abc"},
    "budget": {"usd_per_month": 90000, "instance_usd_per_hour": {"g5.2xlarge": 1.0}},
    "namespace": "llm",
    "protect": False,
    "bucket": {"retain": False},
    "team_options": [],
    "services": {"small": _VLLM, "llama": _OLLAMA},
}
WHOLE["pools"]["cpu"] = {"kind": "cpu", "instance_types": ["c6a.4xlarge"], "min": 2, "max": 3, "zones": ["a"]}
WHOLE["pools"]["burst"] = {
    "kind": "gpu",
    "provisioner": "karpenter",
    "instance_types": ["g5.xlarge", "g5.12xlarge"],
    "capacity_types": ["reserved", "spot", "on_demand"],
    "capacity_reservations": ["cr-0123456789abcdef0"],
    "zones": ["a", "b"],
    "limits": {"gpus": 8},
    "disk_gib": 200,
    "consolidation": {"policy": "WhenEmpty", "after_seconds": 600},
    "expire_after_hours": 720,
    "termination_grace_seconds": 1800,
    "team_gpus": 1,
}
WHOLE["pools"]["more"] = {
    "kind": "cpu",
    "provisioner": "karpenter",
    "instance_types": ["c6i.2xlarge", "c6a.4xlarge"],
    "limits": {"vcpus": 64},
}
WHOLE["services"]["burst"] = {**_VLLM, "pool": "burst", "replicas": 2, "weights": {"source": "hub", "size_gib": 7.5}}
WHOLE["services"]["more"] = {**_OLLAMA, "pool": "more", "additional_pools": ["cpu"]}
WHOLE["cluster"]["karpenter"] = {"node_repair": False, "create_spot_service_linked_role": True}
WHOLE["cluster"] |= {"version": "1.35", "support_type": "STANDARD", "node_repair": False}


def _paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for key, one in inner for path in _paths(one, (*above, key)))]


PATHS = sorted((path for path in _paths(WHOLE) if path), key=str)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, 10**15 + 1]),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["9" * 500, "-" * 3000, "\0", "\u202e", "\ud800", "true", "1e3", "0x10", "../..", "$(x)", "a\nb"]),
    st.dates(),
    st.binary(max_size=4),
)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_the_settings_that_the_values_are_put_into_are_right() -> None:
    assert _issues(WHOLE) == []


@pytest.mark.thorough
@pytest.mark.soak
@given(path=st.sampled_from(PATHS), value=VALUES)
@examples(300)
def test_any_value_anywhere_is_read_or_is_an_issue(path: tuple[Any, ...], value: Any) -> None:
    raw = deepcopy(WHOLE)
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    for line in _issues(raw):
        assert line.isprintable()
        assert len(line) < 1200


def _issues(raw: dict[str, Any]) -> list[str]:
    try:
        parse(raw, stack="dev", today=date(2026, 11, 1))
    except SettingsError as error:
        return [str(issue) for issue in error.issues] or ["none\n"]
    return []
