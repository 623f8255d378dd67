"""Settings that were stored by this version of the program, or by an earlier one."""

from typing import Any

import pytest

from portal.stored_settings import gpus_of, needs_hub_token, read_stored, refusals, served_name

VLLM = {"model": "Qwen/Qwen3-8B", "pool": "g5", "max_model_len": 8192, "weights": {"source": "hub"}}


@pytest.mark.parametrize(
    ("spec", "gpus"),
    [
        (VLLM, 1),
        ({**VLLM, "replicas": 3, "tensor_parallel": 2}, 6),
        ({**VLLM, "replicas": "2", "tensor_parallel": "4", "pipeline_parallel": 2}, 16),
        ({"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "replicas": 4}, 0),
        # What an earlier version stored, and this one refuses.
        ({**VLLM, "image": "vllm/vllm-openai:latest", "replicas": 2, "tensor_parallel": 4}, 8),
        ({"replicas": 2, "tensor_parallel": 4, "gone": True}, 8),
        ({"kind": "gone", "replicas": 2}, 2),
        ({**VLLM, "autoscale": {"max": 5}, "gone": True}, 5),
        ({**VLLM, "autoscale": {"max": "many"}, "gone": True}, 1),
        ({"replicas": "many", "tensor_parallel": None}, 1),
        ({}, 1),
    ],
)
def test_gpus_are_counted_as_the_kind_counts_them(spec: dict[str, Any], gpus: int) -> None:
    assert gpus_of(spec) == gpus


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"gone": True}, "gone: unknown setting"),
        (
            {"autoscale": {"max": 3, "queue_per_replica": 1e-4}},
            "autoscale.queue_per_replica: is 0.0001: 0.001 at least",
        ),
        ({"kind": "gone"}, "kind: is 'gone': choose from vllm, ollama"),
    ],
)
def test_what_this_version_refuses_is_told_in_a_line_and_read_as_nothing(change: dict[str, Any], line: str) -> None:
    found = refusals({**VLLM, **change})
    assert len(found) == 1
    assert found[0].startswith(line)
    assert read_stored({**VLLM, **change}) is None
    assert refusals(VLLM) == []


@pytest.mark.parametrize(
    ("spec", "needs", "name"),
    [
        (VLLM, False, "chat"),
        ({**VLLM, "gated": True}, True, "chat"),
        ({**VLLM, "gated": True, "gone": True}, True, "chat"),
        ({**VLLM, "served_model_name": "other", "gone": True}, False, "other"),
        ({"kind": "ollama", "model": "llama3.1:8b", "gone": True}, False, "llama3.1:8b"),
        ({"gone": True}, False, "chat"),
    ],
)
def test_what_a_run_and_a_chat_need_of_it_is_known_all_the_same(
    spec: dict[str, Any], *, needs: bool, name: str
) -> None:
    assert needs_hub_token(spec) is needs
    assert served_name(spec, "chat") == name
