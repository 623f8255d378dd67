"""The key of what the engine of a service compiles."""

import hashlib
import json
from collections.abc import Sequence

from planner.image_tags import digest_of
from settings.models.pools import PoolFacts
from settings.models.services.vllm import BucketWeights, VllmSettings

_FORMAT = 1
"""Of the archive and of the folders in it; another number gives every service another key."""


def cache_key(service: VllmSettings, pool: PoolFacts, arguments: Sequence[str]) -> str:
    """The key of what a service's engine compiles: 64 hexadecimal digits, a SHA-256.

    It only has to tell apart what would be kept beside each other: vLLM has a hash of its own over everything that the compiled code
    depends on, and compiles again where that differs.

    Args:
        service: The service.
        pool: Its pool; GPU and processor of a type follow from its family.
        arguments: Arguments of ``vllm serve``, without the place of the weights.
    """
    weights = service.weights
    facts = {
        "format": _FORMAT,
        "families": sorted({f"{one.family} {one.gpu.name}" for one in pool.machines if one.gpu}),
        "tensor_parallel": service.tensor_parallel,
        "pipeline_parallel": service.pipeline_parallel,
        "model": service.model,
        "revision": weights.revision,
        "prefix": weights.prefix.strip("/") if isinstance(weights, BucketWeights) else None,
        "image": digest_of(service.image),
        "arguments": list(arguments),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
