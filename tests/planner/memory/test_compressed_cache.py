"""Caches of compressed attention, against what vLLM's own functions computed.

The figures are of ``get_kv_cache_groups`` and ``get_kv_cache_config_from_groups`` of vLLM 0.29 to 0.32, run with the
specifications that ``models/deepseek_v4`` makes; the releases agree to the byte.
"""

from dataclasses import replace
from typing import Any

import pytest

from planner.memory.cache_groups import UnknownCacheError
from planner.memory.cache_layers import CacheOptions
from planner.memory.kv_cache import KvLayout, kv_layout
from planner.memory.placement import stages
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from tests.planner.model.test_mixer_weights import DEEPSEEK_V4

FLASH = (0, 0, *(4, 128) * 20, 4)
PRO = (128, 128, *(4, 128) * 29, 4)
OPTIONS = CacheOptions(engine=VllmVersion(0, 32), tensor_parallel=4, dtype="bfloat16", in_flight=8192)


def layout(ratios: tuple[int, ...], options: CacheOptions = OPTIONS, stage: int = 0, of: int = 1) -> KvLayout:
    config: dict[str, Any] = DEEPSEEK_V4 | {"num_hidden_layers": len(ratios), "compress_ratios": list(ratios)}
    shape = read_architecture(config)
    return kv_layout(shape, stages(shape, of)[stage], options)


@pytest.mark.parametrize(
    ("ratios", "in_flight", "length", "block_bytes", "blocks"),
    [
        (FLASH, 8192, 131_072, 1_002_240, [131, 131, 512, 1041, 2051]),
        (PRO, 16384, 1_048_576, 1_435_968, [259, 259, 2065, 4096, 4099]),
        ((4,) * 10, 8192, 1_000, 460_800, [4, 17, 251]),
        ((128, 4, *(128,) * 8, 4, 4, 4), 8192, 1_000, 199_872, [4, 17, 17, 17, 126, 126, 251]),
    ],
)
def test_groups_are_those_of_vllm(
    ratios: tuple[int, ...], in_flight: int, length: int, block_bytes: int, blocks: list[int]
) -> None:
    found = layout(ratios, replace(OPTIONS, in_flight=in_flight))
    assert found.block_bytes == block_bytes
    assert sorted(spec.blocks(length, in_flight) for spec in found.groups) == blocks


def test_a_request_needs_what_vllm_checks_and_one_block_of_its_own() -> None:
    found = layout(FLASH)
    assert found.request_blocks(131_072) * found.block_bytes == 3_874_659_840
    assert found.needed_blocks(131_072) == found.request_blocks(131_072) + 1


def test_vllm_counts_as_many_requests_in_60_gib() -> None:
    assert layout(FLASH).concurrency(60 * 2**30, 131_072) == pytest.approx(16.627004655975167)


def test_gpus_share_nothing_and_stages_have_their_layers() -> None:
    assert layout(FLASH, replace(OPTIONS, tensor_parallel=1)) == layout(FLASH)
    halves = [layout(FLASH, stage=stage, of=2) for stage in (0, 1)]
    assert halves[0].groups == halves[1].groups == layout(FLASH).groups
    assert all(0 < half.block_bytes < 1_002_240 for half in halves)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"engine": VllmVersion(0, 28)}, "0.28: the planner knows it from 0.29"),
        ({"cache_dtype": "bfloat16"}, "in bfloat16"),
        ({"drafted": 1}, "drafted tokens"),
        ({"block_size": 64}, "block-size"),
        ({"drop_outside": False}, "hybrid"),
    ],
)
def test_what_lays_it_out_in_another_way_is_unknown(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UnknownCacheError, match=said):
        layout(FLASH, replace(OPTIONS, **changed))


@pytest.mark.parametrize(("ratios", "said"), [((128,) * 4, "without a layer"), ((4, 16), "a ratio of 16")])
def test_ratios_that_vllm_does_not_have(ratios: tuple[int, ...], said: str) -> None:
    with pytest.raises(UnknownCacheError, match=said):
        layout(ratios)
