"""Requests and tokens of a minute, counted by all gateways together.

A counter is only added to, so an attempt whose answer was lost may count twice: then a tenant gets less in that minute,
never more. What must be exact is in ``gateway.store.usage``.
"""

from dataclasses import dataclass

from gateway.store import items
from gateway.store.table import Table, Write
from gateway.store.values import whole

KEPT_SECONDS = 3600
"""How long after its minute a counter is kept."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a tenant used in one minute, over all gateways."""

    requests: int = 0
    tokens: int = 0


def minute_of(epoch: float) -> int:
    """The minute since the epoch."""
    return int(epoch // 60)


def add(table: Table, tenant: str, minute: int, *, requests: int, tokens: int) -> Count:
    """Count for a minute since the epoch, and return what the minute has now.

    Args:
        table: The gateway's table.
        tenant: The tenant.
        minute: The minute, of ``minute_of``.
        requests: Requests to add.
        tokens: Tokens to add; negative gives back what was reserved and not used.

    Raises:
        TableError: the table did not answer; it may have been counted.
    """
    answer = table.update(
        Write(
            place=items.count_place(tenant, minute),
            update="ADD requests :requests, tokens :tokens SET #ttl = :ttl",
            values={"requests": requests, "tokens": tokens, "ttl": (minute + 1) * 60 + KEPT_SECONDS},
            names={"ttl": "ttl"},
        )
    )
    return Count(requests=whole(answer, "requests"), tokens=whole(answer, "tokens"))


def read(table: Table, tenant: str, minute: int) -> Count:
    """What a minute has.

    Raises:
        TableError: the table did not answer.
    """
    item = table.get(items.count_place(tenant, minute)) or {}
    return Count(requests=whole(item, "requests"), tokens=whole(item, "tokens"))
