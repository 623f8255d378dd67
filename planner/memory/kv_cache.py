"""Bytes of the KV cache: a token, a request, and how many tokens fit in what is left."""

import math
from dataclasses import dataclass

from planner.memory.placement import Stage, local_heads
from planner.memory.vllm_version import VllmVersion
from planner.memory.weights import DTYPE_BYTES
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention

BLOCK_TOKENS = 16
KNOWN_CACHE_DTYPES = frozenset(
    {"auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2", "fp8_inc", "fp8_ds_mla", "int8"}
)
"""Number formats of the KV cache whose size is known."""
_LATENT_BLOCK_TOKENS = 64
_FP8_LATENT_BYTES = 656
_PADDING_HEURISTIC = 1.5
_OLD_PADDING_HEURISTIC = 1.25


@dataclass(frozen=True, kw_only=True)
class KvLayout:
    """How one GPU's KV cache is laid out: groups of equally many layers share a pool of blocks."""

    block_tokens: int
    """Tokens of a block."""
    layer_token_bytes: float
    """Bytes of one token in one layer on one GPU."""
    group_layers: int
    """Layers of each group; a group that has fewer is padded."""
    windows: tuple[int | None, ...]
    """Sliding window of each group; None for full attention."""
    batched_tokens: int
    """Tokens of a step, which a sliding window holds beside itself."""
    by_concurrency: bool
    """Whether tokens are counted as concurrency times the longest request."""

    @property
    def token_bytes(self) -> float:
        """Bytes of one token that every layer keeps."""
        return self.layer_token_bytes * self.group_layers * len(self.windows)

    @property
    def block_bytes(self) -> float:
        """Bytes of a block of one group."""
        return self.layer_token_bytes * self.group_layers * self.block_tokens

    def request_blocks(self, tokens: int) -> int:
        """Blocks one request of so many tokens holds at most."""
        return sum(self._group_blocks(window, tokens) for window in self.windows)

    def request_bytes(self, tokens: int) -> float:
        """Bytes one request of so many tokens needs, or vLLM refuses to start."""
        return self.request_blocks(tokens) * self.block_bytes

    def tokens(self, available_bytes: float, max_model_len: int) -> int:
        """Tokens as vLLM prints them: ``GPU KV cache size``."""
        blocks = int(max(0.0, available_bytes) // self.block_bytes)
        if self.by_concurrency:
            return int(blocks / self.request_blocks(max_model_len) * max_model_len)
        return blocks // len(self.windows) * self.block_tokens

    def concurrency(self, available_bytes: float, tokens: int) -> float:
        """Requests of so many tokens that fit at once."""
        return int(max(0.0, available_bytes) // self.block_bytes) / self.request_blocks(tokens)

    def longest_request(self, available_bytes: float, limit: int) -> int:
        """The longest single request that fits, at most ``limit``, by bisection as vLLM does it."""
        blocks = int(max(0.0, available_bytes) // self.block_bytes)
        low, high = 0, limit
        while low < high:
            middle = (low + high + 1) // 2
            if self.request_blocks(middle) <= blocks:
                low = middle
            else:
                high = middle - 1
        return low

    def _group_blocks(self, window: int | None, tokens: int) -> int:
        if window is None:
            return math.ceil(tokens / self.block_tokens)
        held = min(window - 1 + self.batched_tokens, tokens)
        return math.ceil(held / self.block_tokens) + 1


def kv_layout(
    shape: ModelArchitecture,
    stage: Stage,
    *,
    tensor_parallel: int,
    dtype: str,
    cache_dtype: str,
    engine: VllmVersion,
    batched_tokens: int,
) -> KvLayout:
    """How the KV cache of one GPU of a stage is laid out."""
    kinds = _kinds(shape, stage, engine)
    sizes = sorted(kinds.values())
    group = sizes[0]
    heuristic = _PADDING_HEURISTIC if engine.since(20) else _OLD_PADDING_HEURISTIC
    if sizes[-1] < sizes[0] * heuristic:
        group = sizes[-1]
    windows = tuple(window for window, count in kinds.items() for _ in range(math.ceil(count / group)))
    return KvLayout(
        block_tokens=_LATENT_BLOCK_TOKENS if shape.latent and cache_dtype != "auto" else BLOCK_TOKENS,
        layer_token_bytes=_layer_token_bytes(shape, tensor_parallel, dtype, cache_dtype),
        group_layers=group,
        windows=windows,
        batched_tokens=batched_tokens,
        by_concurrency=engine.counts_by_concurrency,
    )


def cache_element_bytes(dtype: str, cache_dtype: str) -> float:
    """Bytes of one number in the KV cache."""
    if cache_dtype == "auto":
        return DTYPE_BYTES[dtype]
    return 1 if cache_dtype.startswith(("fp8", "int8")) else DTYPE_BYTES[cache_dtype]


def _kinds(shape: ModelArchitecture, stage: Stage, engine: VllmVersion) -> dict[int | None, int]:
    """Caches of a stage by their window: one for each attention, of which a layer may have two."""
    kinds: dict[int | None, int] = {}
    for kind in shape.kinds(stage.layers):
        for attention in kind.layer.attentions:
            kinds[attention.window] = kinds.get(attention.window, 0) + kind.count
    # Before 0.10 layers with windows beside layers without kept every token.
    return {None: sum(kinds.values())} if len(kinds) > 1 and not engine.since(10) else kinds


def _layer_token_bytes(shape: ModelArchitecture, tensor_parallel: int, dtype: str, cache_dtype: str) -> float:
    """Bytes of a token in the largest cache of a layer."""
    return max(_token_bytes(attention, tensor_parallel, dtype, cache_dtype) for attention in shape.attentions)


def _token_bytes(attention: Attention, tensor_parallel: int, dtype: str, cache_dtype: str) -> float:
    element, latent = cache_element_bytes(dtype, cache_dtype), attention.latent
    if latent and latent.cached:
        return _FP8_LATENT_BYTES if cache_dtype == "fp8_ds_mla" else (latent.kv_rank + latent.rope_dim) * element
    width = attention.head_dim + attention.value_dim
    return local_heads(attention.kv_heads, tensor_parallel) * width * element
