"""Bytes that one token takes in the cache of an attention layer on one GPU, by number format.

After ``v1/kv_cache_interface.py``: ``real_page_size_bytes`` of ``FullAttentionSpec`` and ``MLAAttentionSpec``.
"""

from planner.catalog.gpus import BLACKWELL, CONSUMER_BLACKWELL, capability_family
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
_FLASHINFER_SPARSE_SINCE = 19
"""Since when FlashInfer's sparse kernels come first for a cache in FP8 on a B200."""


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


def sparse_format(cache_dtype: str, *, engine: VllmVersion, capability: float | None) -> str:
    """The number format in which the kernels of sparse latent attention keep a token.

    FP8 is ``fp8_ds_mla``, but where FlashInfer's kernels come first, which keep 8 bits of each number: on a B200. On consumer
    Blackwell every format is ``fp8_ds_mla`` (``_get_backend_priorities`` in ``platforms/cuda.py`` and
    ``_canonicalize_sparse_mla_kv_cache_dtype`` in ``layers/attention/mla_attention.py``).
    """
    family = capability_family(capability)
    if family == CONSUMER_BLACKWELL and cache_dtype in {"auto", "fp8", "fp8_e4m3"}:
        return "fp8_ds_mla"
    if not cache_dtype.startswith("fp8") or (family == BLACKWELL and engine.since(_FLASHINFER_SPARSE_SINCE)):
        return cache_dtype
    return "fp8_ds_mla"


def token_bytes(
    attention: Attention,
    *,
    tensor_parallel: int,
    dtype: str,
    cache_dtype: str,
    engine: VllmVersion,
    capability: float | None = None,
) -> float:
    """Bytes of one token in a layer's cache, the indexer's aside."""
    latent = attention.latent
    if latent and latent.cached and attention.indexer:
        cache_dtype = sparse_format(cache_dtype, engine=engine, capability=capability)
    element = cache_element_bytes(dtype, cache_dtype)
    if latent and latent.cached:
        if cache_dtype == "fp8_ds_mla":
            return FP8_LATENT_BYTES
        return (latent.kv_rank + latent.rope_dim) * element
    # A value narrower than its key has a narrower page since 0.14 only.
    width = attention.head_dim + (attention.value_dim if engine.since(14) else attention.head_dim)
    scales = 2 * _SCALE_BYTES if cache_dtype.endswith("_per_token_head") else 0
    return local_heads(attention.kv_heads, tensor_parallel) * (width * element + scales)


def indexer_token_bytes(indexer: Indexer) -> int:
    """Bytes of one token in the indexer's own cache: a key in FP8 and its scale, or in 16 bits, on every GPU."""
    if indexer.of_blocks:
        return 2 * indexer.head_dim
    return indexer.head_dim + indexer.head_dim // _INDEXER_GROUP * _SCALE_BYTES
