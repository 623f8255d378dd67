"""Which prefixes of the platform's bucket a stack may read and fill.

A platform stack fills any prefix below ``weights/``. A team stack has ``weights/NAMESPACE/`` to itself: its namespace is
its own in the cluster, and so in the cluster's bucket. What other stacks may read besides is what the platform names:
``weights/shared``, its ``bucket.shared_prefixes``, and the prefixes of its own services.
"""

from collections.abc import Iterable

from settings.derived.bucket_prefixes import ROOT, SHARED, inside, overlap, plain
from settings.models.services.base import BucketSource
from settings.validation.partial import PartialSettings


def check_prefixes(partial: PartialSettings) -> None:
    """Add every prefix that a team stack may not read or fill."""
    namespace = partial.values.get("namespace")
    if partial.platform is None or not namespace:
        return
    shared = tuple(sorted({SHARED, *partial.platform.shared_prefixes}))
    for name, service in partial.services.items():
        if source := service.bucket_source:
            message = _problem(source, f"{ROOT}/{namespace}", shared)
            if message:
                partial.add_issue(message, "services", name, "weights", "prefix")


def _problem(source: BucketSource, own: str, shared: Iterable[str]) -> str | None:
    prefix = plain(source.prefix)
    if source.mirror:
        last = prefix.rpartition("/")[2]
        if prefix == own or not inside(prefix, own):
            return f"{prefix} is not this stack's to fill: write {own}/{last}, or mirror: false for what is shared"
        for other in shared:
            if overlap(prefix, other):
                return (
                    f"{prefix} overlaps {other}, which the platform fills for every team: choose another below {own}/"
                )
        return None
    # Its own prefix as a whole holds several models; and S3 lists weights/search-2 to every role that may list weights/search.
    if (prefix != own and inside(prefix, own)) or any(inside(prefix, other) for other in shared):
        return None
    return (
        f"{prefix} is not this stack's to read: use one below {own}/ or below {', '.join(shared)}, or have the platform "
        f"stack share it with `bucket.shared_prefixes: [{prefix}]`"
    )
