"""Main memory that options keep for the KV cache and for pictures."""

import json
from typing import Any

import pytest

from planner.memory.host_buffers import MOST_GIB, host_buffers
from planner.memory.vllm_version import VllmVersion
from planner.units import GIB


def held(args: dict[str, Any], release: str = "0.32", ranks: int = 1) -> tuple[float, float]:
    found = host_buffers(args, release=VllmVersion.of(release), ranks=ranks)
    return found.shared_gib, found.private_gib


def connector(name: str, **extra: Any) -> dict[str, Any]:
    return {"kv_connector": name, "kv_role": "kv_both", "kv_connector_extra_config": extra}


@pytest.mark.parametrize(
    ("release", "held_gib"), [("0.11.2", (0, 80)), ("0.26.0", (0, 80)), ("0.27.1", (40, 0)), ("0.33.0", (40, 0))]
)
def test_the_offloaded_kv_cache_moved_to_the_shared_memory(release: str, held_gib: tuple[float, float]) -> None:
    assert held({"kv-offloading-size": 40}, release, ranks=2) == held_gib
    by_connector = {"kv-transfer-config": connector("OffloadingConnector", cpu_bytes_to_use=40 * GIB)}
    assert held(by_connector, release, ranks=2) == held_gib


@pytest.mark.parametrize(("release", "held_gib"), [("0.22.1", (0, 40)), ("0.23.0", (0, 0)), ("0.32.0", (0, 0))])
def test_lmcache_holds_it_in_the_pod_before_it_had_a_server(release: str, held_gib: tuple[float, float]) -> None:
    assert held({"kv-offloading-size": 40, "kv-offloading-backend": "lmcache"}, release, ranks=4) == held_gib


@pytest.mark.parametrize(
    ("config", "ranks", "held_gib"),
    [
        (connector("OffloadingConnector", cpu_bytes_to_use="42949672960"), 1, (40, 0)),
        (connector("OffloadingConnector", cpu_bytes_to_use=GIB, spec_name="TieringOffloadingSpec"), 1, (1, 0)),
        (connector("SimpleCPUOffloadConnector"), 2, (0, 8)),
        (connector("SimpleCPUOffloadConnector", cpu_bytes_to_use=16 * GIB), 2, (0, 16)),
        (connector("SimpleCPUOffloadConnector", cpu_bytes_to_use_per_rank=16 * GIB), 2, (0, 32)),
        (connector("LMCacheConnectorV1"), 4, (0, 20)),
        (connector("LMCacheConnectorV1", **{"lmcache.max_local_cpu_size": 30}), 2, (0, 60)),
        (connector("LMCacheConnectorV1", **{"lmcache.local_cpu": False}), 2, (0, 0)),
        (connector("LMCacheMPConnector"), 2, (0, 0)),
        (connector("NixlConnector"), 2, (0, 0)),
        (connector("MooncakeConnector"), 2, (0, 0)),
        (
            connector("MultiConnector", connectors=[connector("NixlConnector"), connector("LMCacheConnectorV1")]),
            1,
            (0, 5),
        ),
        ("no object", 1, (0, 0)),
        (connector("MultiConnector", connectors=["x", 3]), 1, (0, 0)),
        (connector("MultiConnector", connectors=7), 1, (0, 0)),
    ],
)
def test_connectors(config: Any, ranks: int, held_gib: tuple[float, float]) -> None:
    assert held({"kv-transfer-config": config}, ranks=ranks) == held_gib
    assert held({"kv-transfer-config": json.dumps(config)}, ranks=ranks) == held_gib


def test_tiered_offloading_was_in_the_shared_memory_from_the_start() -> None:
    tiered = connector("OffloadingConnector", cpu_bytes_to_use=GIB, spec_name="TieringOffloadingSpec")
    assert held({"kv-transfer-config": tiered}, "0.22.1") == (1, 0)


@pytest.mark.parametrize(
    ("args", "release", "held_gib"),
    [
        ({"swap-space": 8}, "0.8.5", (0, 16)),
        ({"swap-space": 8}, "0.12.0", (0, 0)),
        ({"mm-processor-cache-gb": 6}, "0.32", (0, 12)),
        ({"mm-processor-cache-gb": 6, "mm-processor-cache-type": "shm"}, "0.32", (6, 0)),
        ({"mm-processor-cache-type": "shm"}, "0.32", (4, 0)),
        ({}, "0.32", (0, 0)),
    ],
)
def test_swap_and_pictures(args: dict[str, Any], release: str, held_gib: tuple[float, float]) -> None:
    assert held(args, release, ranks=2) == held_gib


@pytest.mark.parametrize("value", [True, None, "", "many", -4, 0, float("nan"), float("inf"), [4], {}, "1_0x"])
def test_what_is_no_number_takes_nothing(value: Any) -> None:
    assert held({"kv-offloading-size": value}) == (0, 0)


@pytest.mark.parametrize("value", [10**400, "9" * 400, 1e300])
def test_huge_numbers_are_bounded(value: Any) -> None:
    assert held({"kv-offloading-size": value})[0] in {0, MOST_GIB}


def test_the_options_are_named() -> None:
    found = host_buffers({"kv-offloading-size": 8, "mm-processor-cache-gb": 4}, release=VllmVersion.of("0.32"), ranks=1)
    assert found.options == ("kv-offloading-size", "mm-processor-cache-gb")
    assert found.gib == 16
