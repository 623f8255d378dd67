"""Caches of compressed attention (DeepSeek V4): what each layer keeps, and the groups that share a pool of blocks.

After ``models/deepseek_v4`` and ``_get_packed_kv_cache_groups`` in ``v1/core/kv_cache_utils.py`` of vLLM 0.29 to 0.33. A layer
keeps its window, with a ratio its compressed keys and the state of what is being compressed, and with the ratio 4 both of the
indexer too. They are split over no GPUs: there is one key for all heads.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from planner.memory.cache_groups import CacheGroups, UnknownCacheError
from planner.memory.cache_layers import CacheOptions
from planner.memory.cache_specs import CacheSpec, Holding
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention

_PACKED_SINCE = 29
"""Release since which the groups are packed this way."""
_HEAD_DIM = 512
_STATE_BYTES = 584
"""A key of ``fp8_ds_mla``: 448 numbers in 8 bits, 64 with position in 16, and 8 bytes of scales."""
_ALIGNMENT = 576
"""Bytes to a multiple of which pages are padded."""
_BLOCK_TOKENS = 256
_WINDOW_BLOCK_TOKENS = 64
_COMPRESSING_TOKENS = {4: 4, 128: 8}
"""Tokens of a block of the state of what is being compressed, by ratio."""
_OVERLAPPING = 4
"""The ratio whose compressed keys overlap, and whose layers have an indexer."""
_SCALED = 128
"""Numbers of the indexer's key that share a 32-bit scale."""


@dataclass(frozen=True)
class _Page:
    """One layer's page of a block, by what it keeps."""

    spec: CacheSpec
    """The cache; its bytes are those of this page."""
    layer: int
    """Index of the layer."""


def is_compressed(shape: ModelArchitecture) -> bool:
    """Whether the model has compressed attention."""
    return any(attention.compressed for attention in shape.attentions)


def group_compressed(shape: ModelArchitecture, layers: range, options: CacheOptions) -> CacheGroups:
    """Groups of the layers of a model, and the bytes of a block on a stage.

    Raises:
        UnknownCacheError: the release, or an option, lays them out in another way.
    """
    _check(options)
    kinds: dict[tuple[Holding, int, int], list[_Page]] = {}
    for index, layer in enumerate(shape.layers):
        for attention in layer.attentions:
            for spec in _layer(attention):
                kinds.setdefault((spec.holding, spec.block_tokens, spec.window), []).append(_Page(spec, index))
    repeats = _repeats(list(kinds.values()))
    groups = [group for pages in kinds.values() for group in _split(pages, repeats)]
    here = (sum(page.spec.page_bytes for page in group if page.layer in layers) for group in groups)
    return CacheGroups(specs=tuple(group[0].spec for group in groups), block_bytes=max(here))


def _check(options: CacheOptions) -> None:
    engine = options.engine
    if not engine.since(_PACKED_SINCE):
        raise UnknownCacheError(f"the cache of compressed attention in vLLM {engine}: the planner knows it from 0.29")
    if options.cache_dtype != "auto" and not options.cache_dtype.startswith("fp8"):
        raise UnknownCacheError(f"a cache of compressed attention in {options.cache_dtype}: known are auto and fp8")
    if options.drafted or options.context_parallel > 1 or not options.drop_outside or options.block_size:
        raise UnknownCacheError(
            "the cache of compressed attention with drafted tokens, context parallelism, a block-size, or without the hybrid "
            "KV cache manager"
        )


def _layer(attention: Attention) -> Iterator[CacheSpec]:
    """What one layer keeps."""
    found = attention.compressed
    if found is None or attention.head_dim != _HEAD_DIM or not attention.window:
        raise UnknownCacheError("compressed attention with heads other than of 512, or without a window")
    yield _window(_WINDOW_BLOCK_TOKENS, attention.window, _WINDOW_BLOCK_TOKENS * _STATE_BYTES)
    if found.ratio <= 1:
        return
    if found.ratio not in _COMPRESSING_TOKENS:
        raise UnknownCacheError(f"compressed attention with a ratio of {found.ratio}: vLLM has 4 and 128")
    overlapping = found.ratio == _OVERLAPPING
    states, block = _BLOCK_TOKENS // found.ratio, _COMPRESSING_TOKENS[found.ratio]
    window = found.ratio * (2 if overlapping else 1)
    # Keys and scores of the tokens that are not compressed yet, in 32 bits.
    numbers = 2 * (2 if overlapping else 1) * block
    yield _full(states * _STATE_BYTES)
    yield _window(block, window, numbers * attention.head_dim * 4)
    if overlapping:
        yield _full(states * (found.index_dim + found.index_dim // _SCALED * 4))
        yield _window(block, window, numbers * found.index_dim * 4)


def _full(page_bytes: int) -> CacheSpec:
    return CacheSpec(holding=Holding.FULL, page_bytes=_padded(page_bytes), block_tokens=_BLOCK_TOKENS)


def _window(tokens: int, window: int, page_bytes: int) -> CacheSpec:
    return CacheSpec(holding=Holding.WINDOW, page_bytes=_padded(page_bytes), block_tokens=tokens, window=window)


def _padded(page_bytes: int) -> int:
    return math.ceil(page_bytes / _ALIGNMENT) * _ALIGNMENT


def _sizes(pages: list[_Page]) -> list[int]:
    """Layers for each size of a page."""
    return list(Counter(page.spec.page_bytes for page in pages).values())


def _is_even(pages: list[_Page]) -> bool:
    """Whether there are equally many layers for each size of a page: then layers can be dealt to several groups."""
    return len(set(_sizes(pages))) == 1


def _repeats(kinds: list[list[_Page]]) -> int:
    """Layers of one size that a group has: at least those of the kind with pages of two sizes, with the least padding."""
    even = [pages for pages in kinds if _is_even(pages)]
    least = max((max(_sizes(pages)) for pages in even if len(_sizes(pages)) > 1), default=0)
    if not least:
        raise UnknownCacheError("compressed attention without a layer of the ratio 4")
    counts = [max(_sizes(pages)) for pages in even]
    return min(range(least, max(least, *counts) + 1), key=lambda many: (sum(-count % many for count in counts), -many))


def _split(pages: list[_Page], repeats: int) -> Iterator[list[_Page]]:
    number = math.ceil(max(_sizes(pages)) / repeats) if _is_even(pages) else 1
    of_size: dict[int, list[_Page]] = {}
    for page in pages:
        of_size.setdefault(page.spec.page_bytes, []).append(page)
    for first in range(number):
        yield [page for same in of_size.values() for page in same[first::number]]
