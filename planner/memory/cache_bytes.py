"""Bytes that one token takes in the cache of an attention layer on one GPU, by number format.

After ``v1/kv_cache_interface.py``: ``real_page_size_bytes`` of ``FullAttentionSpec`` and ``MLAAttentionSpec``.
"""

from planner.memory.placement import local_heads
from planner.memory.vllm_version import VllmVersion
from planner.memory.weights import DTYPE_BYTES
from planner.model.layers import Attention, Indexer

KNOWN_CACHE_DTYPES = frozenset(
    {
        *("auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2", "fp8_inc", "fp8_ds_mla", "int8", "nvfp4"),
        *("fp8_per_token_head", "int8_per_token_head", "int4_per_token_head"),
    }
)
"""Number formats of the KV cache whose size is known."""
FP8_LATENT_BYTES = 656
"""A token of ``fp8_ds_mla``: 512 numbers in FP8, their four 32-bit scales, and 64 numbers with position in 16 bits."""
_INDEXER_GROUP = 128
"""Numbers of the indexer's key that share a 32-bit scale; the key itself is in FP8."""
_NVFP4_GROUP = 16
_SCALE_BYTES = 4


def cache_element_bytes(dtype: str, cache_dtype: str) -> float:
    """Bytes of one number in the KV cache, its share of the scales of a block aside."""
    if cache_dtype == "auto":
        return DTYPE_BYTES[dtype]
    if cache_dtype == "int4_per_token_head":
        return 0.5
    if cache_dtype == "nvfp4":
        return 0.5 + 1 / _NVFP4_GROUP
    # Of a format that is not known the estimate says so; eight bits keep its figures finite.
    return 1 if cache_dtype.startswith(("fp8", "int8")) else DTYPE_BYTES.get(cache_dtype, 1)


def token_bytes(
    attention: Attention, *, tensor_parallel: int, dtype: str, cache_dtype: str, engine: VllmVersion
) -> float:
    """Bytes of one token in a layer's cache, the indexer's aside."""
    element, latent = cache_element_bytes(dtype, cache_dtype), attention.latent
    if latent and latent.cached:
        sparse_fp8 = attention.indexer is not None and cache_dtype.startswith("fp8")
        if cache_dtype == "fp8_ds_mla" or sparse_fp8:
            return FP8_LATENT_BYTES
        return (latent.kv_rank + latent.rope_dim) * element
    # A value narrower than its key has a narrower page since 0.14 only.
    width = attention.head_dim + (attention.value_dim if engine.since(14) else attention.head_dim)
    scales = 2 * _SCALE_BYTES if cache_dtype.endswith("_per_token_head") else 0
    return local_heads(attention.kv_heads, tensor_parallel) * (width * element + scales)


def indexer_token_bytes(indexer: Indexer) -> int:
    """Bytes of one token in the indexer's own cache: a key in FP8 and its scale, on every GPU."""
    return indexer.head_dim + indexer.head_dim // _INDEXER_GROUP * _SCALE_BYTES
