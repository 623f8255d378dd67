"""Options of ``vllm serve`` that decide the KV cache beside its number format, under vLLM's names."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CacheChoice:
    """What a request says of the KV cache; the defaults are vLLM's."""

    block_size: int | None = None
    """Tokens of a block; None for the kernels' choice."""
    enable_prefix_caching: bool | None = None
    """Whether blocks are kept for later requests; None for the default of the release and the model."""
    disable_hybrid_kv_cache_manager: bool = False
    """Whether layers with sliding windows keep every token."""
    kv_cache_memory_bytes: int | None = None
    """Bytes of the KV cache on each GPU, whatever ``gpu_memory_utilization`` leaves."""
    num_gpu_blocks_override: int | None = None
    """Blocks of the KV cache, whatever fits."""
    mamba_cache_mode: str = ""
    """Which states prefix caching keeps: ``align`` or ``all``; empty for the default."""
    mamba_cache_dtype: str = "auto"
    """Number format of the states of convolutions."""
    mamba_ssm_cache_dtype: str = "auto"
    """Number format of recurrent states."""
