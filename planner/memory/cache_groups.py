"""Groups of layers that share one pool of blocks, as ``v1/core/kv_cache_utils.py`` of vLLM 0.8 to 0.33 makes them.

A block of the pool has a page for each layer of a group, so groups have equally many layers and pages are of one size:
smaller pages get more tokens, or padding. Layers that keep the same tokens are one group, whatever their pages.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.memory.cache_specs import CacheSpec, Holding
from planner.memory.vllm_version import VllmVersion

_UNEVEN_SINCE = 12
_UNEVEN, _OLD_UNEVEN = 1.5, 1.25
"""Where the largest kind has fewer than so many times the layers of the smallest, the smaller one is padded."""


class UnknownCacheError(ValueError):
    """A mix of caches that this version of vLLM does not lay out."""


@dataclass(frozen=True, kw_only=True)
class CacheGroups:
    """The groups of one GPU."""

    specs: tuple[CacheSpec, ...]
    """What the layers of each group cache."""
    block_bytes: int
    """Bytes of a block of the pool."""


def group_caches(
    everywhere: Mapping[CacheSpec, int], here: Mapping[CacheSpec, int], engine: VllmVersion
) -> CacheGroups:
    """Groups of the layers of a model, and the bytes of a block on a stage.

    Args:
        everywhere: Layers of the whole model by what they cache; stages share the groups.
        here: Layers of this stage.
        engine: Version of vLLM.

    Raises:
        UnknownCacheError: this version refuses such a mix.
    """
    if len(everywhere) == 1 or (engine.since(11) and _one_type(everywhere)):
        spec = next(iter(everywhere))
        return CacheGroups(specs=(spec,), block_bytes=sum(each.page_bytes * count for each, count in here.items()))
    page = max(spec.page_bytes for spec in everywhere)
    kinds: dict[CacheSpec, list[int]] = {}
    for spec, count in everywhere.items():
        both = kinds.setdefault(_unified(spec, page, engine), [0, 0])
        both[0] += count
        both[1] += here.get(spec, 0)
    size = _group_size([count for count, _ in kinds.values()], engine)
    numbers = {spec: math.ceil(count / size) for spec, (count, _) in kinds.items()}
    held = max(math.ceil(kinds[spec][1] / number) for spec, number in numbers.items())
    specs = tuple(spec for spec, number in numbers.items() for _ in range(number))
    return CacheGroups(specs=specs, block_bytes=page * max(1, held))


def _one_type(specs: Mapping[CacheSpec, int]) -> bool:
    """Whether every layer keeps the same tokens in blocks of one length, so that one group does."""
    return len({(spec.holding, spec.window, spec.block_tokens, spec.states) for spec in specs}) == 1


def _unified(spec: CacheSpec, page: int, engine: VllmVersion) -> CacheSpec:
    """The same cache with pages of the size of the largest."""
    if spec.page_bytes == page:
        return spec
    if spec.is_state and engine.since(26):
        return replace(spec, page_bytes=page)
    if page % spec.page_bytes == 0 and engine.since(12) and not spec.is_state:
        return replace(spec, page_bytes=page, block_tokens=spec.block_tokens * page // spec.page_bytes)
    if engine.since(24) and spec.holding in {Holding.FULL, Holding.WINDOW, Holding.CHUNK}:
        return replace(spec, page_bytes=page)
    raise UnknownCacheError(
        f"vLLM {engine} has no layout for layers with pages of {spec.page_bytes:,} and {page:,} bytes"
    )


def _group_size(counts: list[int], engine: VllmVersion) -> int:
    few, many = min(counts), max(counts)
    if not engine.since(_UNEVEN_SINCE):
        return few
    return many if many < few * (_UNEVEN if engine.since(18) else _OLD_UNEVEN) else few
