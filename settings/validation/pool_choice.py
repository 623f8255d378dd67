"""Whether a service can run on a pool that its settings name."""

from collections.abc import Sequence

from settings.models.plain_values import shown
from settings.models.pools import PoolKind
from settings.validation.partial import PartialSettings


def pool_issue(partial: PartialSettings, pool: str, kinds: Sequence[PoolKind]) -> str | None:
    """Say why a pool cannot be chosen: there is none of that name, or it is of another kind than ``kinds``.

    None for a pool that can, and for one with an issue of its own.
    """
    facts, wanted = partial.facts.get(pool), " or ".join(kinds)
    if facts is None:
        if not partial.facts or pool in partial.names("pools"):
            return None
        choices = ", ".join(name for name, each in partial.facts.items() if each.kind in kinds)
        return f"unknown pool {shown(pool)}: choose from {choices or f'(there is no {wanted} pool, add one)'}"
    return None if facts.kind in kinds else f"{shown(pool)} is of kind {facts.kind}: choose a pool of kind {wanted}"
