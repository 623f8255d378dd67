"""Blocks of the KV cache: how many there are, how many a request holds, and what vLLM prints of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from planner.memory.cache_groups import UnknownCacheError, group_caches
from planner.memory.cache_layers import CacheOptions, layer_caches
from planner.memory.cache_specs import CacheSpec
from planner.memory.compressed_cache import group_compressed, is_compressed
from planner.memory.placement import Stage
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention

_SPARE_SINCE = 29
"""Release since which one block, which vLLM keeps for itself, does not count for the longest request."""
_ENOUGH_STATES_SINCE = 20
"""Release since which ``max_num_seqs`` may not be more than the blocks, where there are states and CUDA graphs."""


@dataclass(frozen=True, kw_only=True)
class KvLayout:
    """How one GPU's KV cache is laid out: groups of layers share a pool of blocks."""

    groups: tuple[CacheSpec, ...]
    """What the layers of each group cache; empty where nothing is cached."""
    block_bytes: int
    """Bytes of a block of the pool."""
    in_flight: int
    """Tokens of the steps under way, which a sliding window holds beside itself."""
    by_concurrency: bool
    """Whether tokens are counted as concurrency times the longest request."""
    context_parallel: int = 1
    """GPUs that share the tokens of full attention."""
    spare: int = 0
    """Blocks that vLLM does not count for the longest request."""
    least_blocks: int = 0
    """Blocks there must be whatever the length: one for the state of each request."""
    given_blocks: int | None = None
    """``num_gpu_blocks_override``."""

    @property
    def token_bytes(self) -> float:
        """Bytes that one more token of a long request takes."""
        grows = [spec for spec in self.groups if spec.blocks(2**40, 0) > spec.blocks(2**30, 0)]
        return sum(self.block_bytes / spec.block_tokens for spec in grows)

    def blocks(self, available_bytes: float) -> int:
        """Blocks that fit in so many bytes."""
        if self.given_blocks is not None:
            return self.given_blocks
        return int(max(0.0, available_bytes) // self.block_bytes) if self.block_bytes else 0

    def request_blocks(self, tokens: int) -> int:
        """Blocks one request of so many tokens holds at most."""
        return sum(spec.blocks(tokens, self.in_flight, self.context_parallel) for spec in self.groups)

    def needed_blocks(self, tokens: int, requests: int = 1) -> int:
        """Blocks without which vLLM does not start, or that hold so many requests at once."""
        held = requests * self.request_blocks(tokens) + self.spare
        return max(held, self.least_blocks) if self.groups else 0

    def request_bytes(self, tokens: int, requests: int = 1) -> float:
        """Bytes without which vLLM refuses to start with requests of so many tokens, or that hold some at once."""
        return self.needed_blocks(tokens, requests) * self.block_bytes

    def tokens(self, available_bytes: float, max_model_len: int) -> int:
        """Tokens as vLLM prints them: ``GPU KV cache size``."""
        blocks = self.blocks(available_bytes)
        if not self.groups:
            return 0
        if self.by_concurrency:
            return int(blocks / self.request_blocks(max_model_len) * max_model_len)
        shortest = min(spec.block_tokens or max_model_len for spec in self.groups)
        return blocks // len(self.groups) * shortest * self.context_parallel

    def concurrency(self, available_bytes: float, tokens: int) -> float:
        """Requests of so many tokens that fit at once."""
        held = self.request_blocks(tokens)
        return self.blocks(available_bytes) / held if held else 0.0

    def longest_request(self, available_bytes: float, limit: int) -> int:
        """The longest single request that fits, at most ``limit``, by bisection as vLLM does it."""
        blocks = self.blocks(available_bytes) - self.spare
        return _bisect(limit, lambda tokens: self.request_blocks(tokens) <= blocks)


def kv_layout(
    shape: ModelArchitecture, stage: Stage, options: CacheOptions, draft: tuple[Attention, ...] = ()
) -> KvLayout:
    """How the KV cache of one GPU of a stage is laid out.

    Args:
        shape: The model.
        stage: The GPU's pipeline stage.
        options: What else decides it.
        draft: Attention layers of the model that drafts tokens, which are on the last stage.

    Raises:
        UnknownCacheError: this version of vLLM does not lay out such a mix.
    """
    engine = options.engine
    if is_compressed(shape):
        return _compressed_layout(shape, stage, options)
    everywhere = layer_caches(shape, range(len(shape.layers)), options, draft)
    if not everywhere:
        return NO_CACHE
    here = layer_caches(shape, stage.layers, options, draft if stage.last else ())
    found = group_caches(everywhere, here or Counter({next(iter(everywhere)): 1}), engine)
    states = any(spec.is_state for spec in found.specs)
    return KvLayout(
        groups=found.specs,
        block_bytes=found.block_bytes,
        in_flight=options.in_flight,
        by_concurrency=engine.counts_by_concurrency,
        context_parallel=options.context_parallel,
        spare=1 if engine.since(_SPARE_SINCE) else 0,
        least_blocks=options.sequences if states and options.graphs and engine.since(_ENOUGH_STATES_SINCE) else 0,
        given_blocks=options.given_blocks,
    )


def _compressed_layout(shape: ModelArchitecture, stage: Stage, options: CacheOptions) -> KvLayout:
    found = group_compressed(shape, stage.layers, options)
    return KvLayout(
        groups=found.specs,
        block_bytes=found.block_bytes,
        in_flight=options.in_flight,
        by_concurrency=options.engine.counts_by_concurrency,
        spare=1,
        given_blocks=options.given_blocks,
    )


NO_CACHE = KvLayout(groups=(), block_bytes=0, in_flight=0, by_concurrency=True)
"""Of a model without a cache, or with one that the planner cannot lay out."""


def _bisect(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``limit`` that fits; 0 where none does."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


__all__ = ["NO_CACHE", "CacheOptions", "KvLayout", "UnknownCacheError", "kv_layout"]
