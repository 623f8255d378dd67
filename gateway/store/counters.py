"""Requests and tokens of a minute, counted by all gateways together.

Each policy process writes what it has counted itself, as a total, into attributes of its own, so an attempt whose answer was lost
may be made again. What must be exact is in ``gateway.store.usage``.
"""

from dataclasses import dataclass

from gateway.store import items
from gateway.store.table import Table, Write
from gateway.store.values import Item, whole

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


def report(table: Table, tenant: str, minute: int, *, source: str, count: Count) -> Count:
    """Write what one process has counted in a minute, and return what all have.

    Args:
        table: The gateway's table.
        tenant: The tenant.
        minute: The minute, of ``minute_of``.
        source: The process, another text for each.
        count: All that it has counted in this minute; negative tokens give back what was reserved before and not used.

    Raises:
        TableError: the table did not answer; it may have been written.
    """
    answer = table.update(
        Write(
            place=items.count_place(tenant, minute),
            update="SET #requests = :requests, #tokens = :tokens, #ttl = :ttl",
            values={
                "requests": count.requests,
                "tokens": count.tokens,
                "ttl": (minute + 1) * 60 + KEPT_SECONDS,
            },
            names={"requests": f"requests.{source}", "tokens": f"tokens.{source}", "ttl": "ttl"},
        )
    )
    return _sum(answer)


def read(table: Table, tenant: str, minute: int) -> Count:
    """What a minute has.

    Raises:
        TableError: the table did not answer.
    """
    return _sum(table.get(items.count_place(tenant, minute)) or {})


def _sum(item: Item) -> Count:
    requests, tokens = (
        sum(whole(item, each) for each in item if each.partition(".")[0] == name) for name in ("requests", "tokens")
    )
    return Count(requests=requests, tokens=tokens)
