"""Settings of services of kind ollama."""

from typing import Any

import pytest
from pydantic import ValidationError

from settings.models.services.ollama import OllamaSettings


def settings(**changes: Any) -> OllamaSettings:
    """A service as small as it can be written, with changes."""
    return OllamaSettings.model_validate({"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", **changes})


def test_defaults_are_those_of_two_replicas_of_an_8b_model() -> None:
    service = settings()
    assert (service.replicas, service.cpu, service.cpu_limit) == (2, 6, 8)
    assert (service.memory_gib, service.memory_limit_gib, service.volume_gib) == (12, 16, 60)
    assert service.memory is not None
    assert service.memory.total < service.memory_gib
    assert service.model_gib == pytest.approx(4.58, abs=0.01)
    assert service.bucket_source is None
    assert (service.demand.vcpus, service.demand.memory_gib, service.demand.one_per_node) == (6, 12, True)


def test_what_costs_money() -> None:
    weights = {"source": "bucket", "prefix": "weights/llama/"}
    found = settings(weights=weights, replicas=3).billable("llama")
    assert (found.name, found.pool, found.replicas, found.gpus) == ("llama", "cpu", 3, 0)
    assert (found.vcpus, found.volume_gib, found.bucket_prefix) == (6, 60, "weights/llama")


def test_a_model_that_is_not_in_the_table_states_its_size() -> None:
    assert settings(model="smollm2:1.7b").model_gib is None
    sized = settings(model="smollm2:1.7b", size_gib=1.7)
    assert (sized.model_gib, sized.memory) == (1.7, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "llama3.1"}, "with its tag"),
        ({"model": "me/llama3.1:8b"}, "with its tag"),
        ({"model": "llama3.1:latest"}, "can become another model"),
        ({"image": "ollama/ollama:latest"}, "name a version, like ollama/ollama:"),
        ({"cpu": 9}, "cpu_limit 8 is less than cpu 9"),
        ({"memory_gib": 20}, "memory_limit_gib 16 is less than memory_gib 20"),
        ({"endpoint": {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24"]}}, "no authentication"),
        ({"additional_pools": ["cpu"]}, "names a pool twice"),
        ({"weights": {"source": "hub"}}, "source"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(**changes)
