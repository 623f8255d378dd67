"""Which releases of vLLM lay out which caches, as far as their sources were read; for others the cache is unknown.

First release whose V1 engine has the model by default, from ``model_executor/models`` and ``registry.py`` of the source
distributions. Before 0.10.2 hybrids ran in the V0 engine, or in V1 only where an environment variable said so.
"""

from collections.abc import Iterator

from planner.memory.cache_bytes import KNOWN_CACHE_DTYPES
from planner.memory.cache_layers import CacheOptions
from planner.memory.state_cache import state_mixers
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import DeltaNet

_STATES = VllmVersion(0, 10, 2)
_KIMI = VllmVersion(0, 11, 1)
_SPARSE = VllmVersion(0, 11, 0)
_SPECULATIVE_STATES = VllmVersion(0, 17, 0)
"""Before it only Qwen3-Next drafted tokens."""
_NVFP4_CACHE = VllmVersion(0, 20, 0)
_FIRST = {
    "qwen3_5": VllmVersion(0, 17, 0),
    "olmo_hybrid": VllmVersion(0, 18, 0),
    "gemma4": VllmVersion(0, 19, 0),
    "glm_moe_dsa": VllmVersion(0, 16, 0),
    "deepseek_v4": VllmVersion(0, 20, 0),
    "mistral4": VllmVersion(0, 18, 0),
}
"""First release by the start of ``model_type``."""


def unknown_cache(shape: ModelArchitecture, options: CacheOptions) -> Iterator[str]:
    """Why the layout of a model's cache is not known for this release; nothing where it is."""
    engine, mixers = options.engine, state_mixers(shape)
    first = max((since for start, since in _FIRST.items() if shape.model_type.startswith(start)), default=None)
    if mixers:
        kimi = any(isinstance(mixer, DeltaNet) and mixer.kimi for mixer in mixers)
        first = max(first or _STATES, _KIMI if kimi else _STATES)
    if any(attention.indexer for attention in shape.attentions):
        first = max(first or _SPARSE, _SPARSE)
    if first and engine < first:
        yield f"the cache of {shape.model_type} in vLLM {engine}: the planner knows it from {first}"
    if mixers and options.drafted and engine < _SPECULATIVE_STATES and shape.model_type != "qwen3_next":
        yield f"speculative decoding with states of requests in vLLM {engine}: from {_SPECULATIVE_STATES}"
    latent = shape.latent is not None
    wrong = options.cache_dtype not in KNOWN_CACHE_DTYPES or (latent and "per_token" in options.cache_dtype)
    if wrong or (options.cache_dtype == "nvfp4" and (latent or engine < _NVFP4_CACHE)):
        yield f"a KV cache in {options.cache_dtype} for this model in vLLM {engine}"
