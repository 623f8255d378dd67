"""Prefixes of the platform's bucket: what they are for, which of them every team stack may read, which lie in each other."""

from collections.abc import Mapping

from settings.models.bucket import BucketSettings
from settings.models.services.base import ServiceSettings

ROOT = "weights"
SHARED = f"{ROOT}/shared"
"""What every team may read, on every platform."""
GATEWAY = "gateway"
"""Prefix of the gateway's archive and of its usage; teams read only below ``weights/``."""
RESPONSES = "logs/responses"
"""Prefix of response logs, which the auditor role alone reads."""
BENCHMARKS = "outputs/benchmarks"
"""Prefix of the records of benchmarks, which ``benchmark/record.py`` has too: importing it loads the load engine."""

COMPILE_CACHE = "compile-cache"
"""Prefix of what engines compiled, below it NAMESPACE/SERVICE/KEY.tar."""


def shared_prefixes(bucket: BucketSettings, services: Mapping[str, ServiceSettings]) -> tuple[str, ...]:
    """The prefixes that a platform lets its teams read, without a slash at the end."""
    own = (source.prefix for service in services.values() if (source := service.bucket_source))
    return tuple(sorted({plain(prefix) for prefix in (SHARED, *bucket.shared_prefixes, *own)}))


def plain(prefix: str) -> str:
    """A prefix without a slash at its end, so that two spellings of one are equal."""
    return prefix.rstrip("/")


def inside(prefix: str, other: str) -> bool:
    """Whether ``prefix`` is ``other`` or lies below it; ``weights/search-2`` is not below ``weights/search``."""
    return f"{plain(prefix)}/".startswith(f"{plain(other)}/")


def overlap(prefix: str, other: str) -> bool:
    """Whether one lies in the other."""
    return inside(prefix, other) or inside(other, prefix)
