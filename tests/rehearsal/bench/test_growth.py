from datetime import date
from typing import Any

import pytest

from rehearsal.bench.growth import many_services, with_node_group
from settings.loading.parse import read
from settings.models.pools.node_group import CpuPool
from settings.validation.partial import PartialSettings

_PREFIX = "llm-platform:"
_OPEN = "Qwen/Qwen2.5-7B-Instruct"
"""In place of the committed stack's gated model, for which the rehearsal adds a token."""


def _settings(document: dict[str, Any]) -> PartialSettings:
    raw = {key.removeprefix(_PREFIX): value for key, value in document["config"].items()}
    raw["cluster"]["api_access"]["public_cidrs"] = ["198.51.100.7/32"]
    raw["services"] = {name: service | {"model": _OPEN} for name, service in raw["services"].items()}
    return read(raw, stack="dev", today=date(2026, 11, 27))


@pytest.mark.parametrize("count", [1, 10, 100])
def test_a_stack_of_any_number_of_services_is_accepted(count: int) -> None:
    """Its pool's limit and the names allow all of them."""
    settings = _settings(many_services(count))
    assert not settings.issues
    assert len(settings.services) == count


@pytest.mark.parametrize("count", [1, 100])
def test_a_node_group_of_any_size_is_accepted(count: int) -> None:
    settings = _settings(with_node_group(count))
    assert not settings.issues
    pool = settings.pools["x86-cpu"]
    assert isinstance(pool, CpuPool)
    assert pool.min == count
    assert len(settings.services) == 1
