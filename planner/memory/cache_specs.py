"""What one layer caches on one GPU: bytes of a page, tokens of a block, and how many blocks a request holds.

After ``v1/kv_cache_interface.py``; ``platforms/interface.py`` and ``models/config.py`` for pages of hybrids.
"""

import math
from dataclasses import dataclass
from enum import Enum

from planner.catalog.gpus import BLACKWELL, capability_family
from planner.memory.vllm_version import VllmVersion

BLOCK_TOKENS = 16
LATENT_BLOCK_TOKENS = 64
"""Block of the kernels for latent attention with a quantized or a sparse cache (FlashMLA)."""
SPARSE_BLOCK_TOKENS = 128
"""Block of MiniMax M3's sparse kernels."""
_CHUNK_TOKENS = 256
"""Chunk of Mamba 2's kernels, to a multiple of which prefix caching of every state rounds."""
_WIDE_HEAD = 256


class Holding(Enum):
    """Which tokens of a request a layer keeps."""

    FULL = "full"
    """All."""
    WINDOW = "window"
    """Those of a sliding window."""
    CHUNK = "chunk"
    """Those of a chunk."""
    STATE = "state"
    """A state of fixed size."""
    STATES = "states"
    """A state at the end of every block."""


@dataclass(frozen=True, kw_only=True)
class CacheSpec:
    """One layer's cache."""

    holding: Holding
    """Which tokens it keeps."""
    page_bytes: int
    """Bytes of one block in this layer."""
    block_tokens: int
    """Tokens of a block; 0 for a state that is as long as the longest request."""
    window: int = 0
    """Tokens of the window or chunk."""
    states: int = 0
    """Blocks that a request holds of states, beside those that grow."""

    def blocks(self, tokens: int, in_flight: int, context_parallel: int = 1) -> int:
        """Blocks one request of so many tokens holds at most.

        Args:
            tokens: Length of the request.
            in_flight: Tokens of the steps under way, which windows keep beside themselves.
            context_parallel: GPUs that share the tokens of full attention.
        """
        match self.holding:
            case Holding.FULL:
                return math.ceil(math.ceil(tokens / context_parallel) / self.block_tokens)
            case Holding.WINDOW:
                return math.ceil(min(self.window - 1 + in_flight, tokens) / self.block_tokens) + 1
            case Holding.CHUNK:
                return math.ceil(min(self.window + in_flight, tokens) / self.block_tokens)
            case Holding.STATE:
                return self.states
            case Holding.STATES:
                return math.ceil(tokens / self.block_tokens) + self.states

    @property
    def is_state(self) -> bool:
        """Whether it keeps states."""
        return self.holding in {Holding.STATE, Holding.STATES}


class StateCaching(Enum):
    """``mamba_cache_mode``: which states prefix caching keeps."""

    NONE = "none"
    """The running one alone."""
    ALIGN = "align"
    """That at the end of a block too."""
    ALL = "all"
    """Those at the end of every block."""


def state_caching(
    *, engine: VllmVersion, prefix_caching: bool | None, stated: str = "", every_state: bool, speculative: bool
) -> StateCaching:
    """The mode vLLM settles on for a hybrid.

    Args:
        engine: Version of vLLM.
        prefix_caching: ``enable_prefix_caching``; None for the default, which hybrids have on since 0.28.
        stated: ``mamba_cache_mode``, if given.
        every_state: Whether the model's kernels can keep the state of every block (Mamba 1 and 2).
        speculative: Whether tokens are drafted.
    """
    wanted = engine.since(28) if prefix_caching is None else prefix_caching
    if not wanted or not engine.since(11):
        return StateCaching.NONE
    if not engine.since(16):
        return StateCaching.ALL if every_state else StateCaching.NONE
    if engine.since(32) or not every_state:
        return StateCaching.ALIGN
    if stated in {"all", "align"}:
        return StateCaching(stated)
    if engine.since(28) or (speculative and engine.since(20) and not engine.since(22)):
        return StateCaching.ALIGN
    return StateCaching.ALL


def hybrid_block_tokens(
    *,
    engine: VllmVersion,
    token_bytes: float,
    state: int,
    latent: bool,
    head_dim: int,
    capability: float | None,
    block_size: int | None,
    caching: StateCaching,
) -> int:
    """Tokens of an attention block whose page holds a state at least.

    Args:
        engine: Version of vLLM.
        token_bytes: Bytes of one token in an attention layer.
        state: Bytes of a layer's state.
        latent: Whether attention is latent.
        head_dim: Dimension of an attention head.
        capability: Compute capability of the GPU.
        block_size: ``block_size``, if given.
        caching: Which states are kept.
    """
    blackwell = capability_family(capability) == BLACKWELL
    align = _alignment(engine, latent=latent, wide=head_dim == _WIDE_HEAD, blackwell=blackwell)
    if engine.since(20):
        align = max(align, block_size or BLOCK_TOKENS)
    if caching is StateCaching.ALL:
        align = math.lcm(align, _CHUNK_TOKENS)
    return max(block_size or BLOCK_TOKENS, align * math.ceil(state / (align * token_bytes)))


def _alignment(engine: VllmVersion, *, latent: bool, wide: bool, blackwell: bool) -> int:
    """Multiple of the block that the attention kernels want."""
    if latent:
        if engine.since(27):
            return 128
        if engine.since(20):
            return 32 if blackwell else 16
        return 64 if engine.since(11) else 16
    return 32 if wide and blackwell and engine.since(11) and not engine.since(18) else BLOCK_TOKENS
