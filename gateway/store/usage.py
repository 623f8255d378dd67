"""Usage: requests, tokens and cost by tenant, team, model and hour, and what a tenant spent in a day and month.

A batch of usage is one transaction with a marker of its own, so a batch that is written a second time, because the
answer to the first was lost, counts once.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.store import items
from gateway.store.table import MOST_OF_A_BATCH, ConditionError, Table, Write
from gateway.store.values import Value, text, whole

KEPT_SECONDS = 400 * 86_400
"""How long usage is kept in the table: 13 months; the monthly files in the bucket remain."""
MARKED_SECONDS = 2 * 86_400
"""How long a batch can be written again without counting twice."""
MOST_ENTRIES = 80
"""Entries of a batch: with its marker and the days and months within a transaction of 100 writes."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was used of one model in one hour."""

    hour: str
    """Hour in UTC, such as ``2026-11-27T08``."""
    model: str
    """``STACK/SERVICE``."""
    team: str = ""
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    microusd: int = 0
    """Cost in millionths of a US dollar; 0 where the model has no price."""

    @property
    def day(self) -> str:
        """Its day, such as ``2026-11-27``."""
        return self.hour[:10]


@dataclass(frozen=True, kw_only=True)
class Spend:
    """What a tenant spent, in millionths of a US dollar."""

    day: int = 0
    month: int = 0


def add(table: Table, tenant: str, entries: Sequence[Usage], *, batch: str) -> None:
    """Add usage of a tenant: hours, and with them the spend of their days and months.

    Args:
        table: The gateway's table.
        tenant: The tenant.
        entries: At most 80, each of another hour, model or team.
        batch: Identifies the batch; the same one is counted once.

    Raises:
        ValueError: there are too many entries, or two of the same hour, model and team.
        TableError: the table did not answer, or another gateway wrote at the same moment; write the same batch again.
    """
    if not entries:
        return
    if len(entries) > MOST_ENTRIES or len({_sort_key(entry) for entry in entries}) < len(entries):
        raise ValueError(f"a batch has at most {MOST_ENTRIES} entries, each of another hour, model or team")
    expiry = int(time.time())
    marker = Write(
        place=(items.usage_partition(tenant), f"BATCH#{batch}"),
        item={"ttl": expiry + MARKED_SECONDS},
        condition="attribute_not_exists(pk)",
    )
    writes = [marker, *_hours(tenant, entries, expiry), *_spends(tenant, entries, expiry)]
    if len(writes) > MOST_OF_A_BATCH:
        raise ValueError(f"a batch spans too many days: {len(writes)} writes of {MOST_OF_A_BATCH}")
    try:
        table.transact(writes)
    except ConditionError:
        return  # an earlier attempt wrote this batch


def spent(table: Table, tenant: str, day: date) -> Spend:
    """What a tenant spent on a day in UTC, and in its month so far.

    Raises:
        TableError: the table did not answer.
    """
    of_day, of_month = items.day_place(tenant, day.isoformat()), items.month_place(tenant, f"{day:%Y-%m}")
    found = table.get_many([of_day, of_month])
    return Spend(day=whole(found.get(of_day, {}), "microusd"), month=whole(found.get(of_month, {}), "microusd"))


def read(table: Table, tenant: str, first: str, last: str) -> Iterator[Usage]:
    """A tenant's usage by hour, in time order.

    Args:
        table: The gateway's table.
        tenant: The tenant.
        first: First hour, day or month in UTC, such as ``2026-11-27T08``, ``2026-11-27`` or ``2026-11``.
        last: Last one, inclusive.

    Raises:
        TableError: the table did not answer.
    """
    partition = items.usage_partition(tenant)
    # "~" sorts after every character of an hour, a model and a team.
    for item in table.query(partition, first=f"HOUR#{first}", last=f"HOUR#{last}~"):
        yield _usage(item)


def total(entries: Sequence[Usage], *, hour: str = "", model: str = "", team: str = "") -> Usage:
    """The sum of entries, under the given hour, model and team."""
    return Usage(
        hour=hour,
        model=model,
        team=team,
        requests=sum(entry.requests for entry in entries),
        prompt_tokens=sum(entry.prompt_tokens for entry in entries),
        completion_tokens=sum(entry.completion_tokens for entry in entries),
        microusd=sum(entry.microusd for entry in entries),
    )


def _sort_key(entry: Usage) -> str:
    return f"HOUR#{entry.hour}#{entry.model}#{entry.team}"


def _hours(tenant: str, entries: Sequence[Usage], now: int) -> Iterator[Write]:
    for entry in entries:
        yield Write(
            place=(items.usage_partition(tenant), _sort_key(entry)),
            update=(
                "ADD requests :requests, prompt_tokens :prompt, completion_tokens :completion, microusd :microusd "
                "SET #model = :model, #team = :team, #hour = :hour, #ttl = :ttl"
            ),
            values={
                "requests": entry.requests,
                "prompt": entry.prompt_tokens,
                "completion": entry.completion_tokens,
                "microusd": entry.microusd,
                "model": entry.model,
                "team": entry.team,
                "hour": entry.hour,
                "ttl": now + KEPT_SECONDS,
            },
            names={name: name for name in ("model", "team", "hour", "ttl")},
        )


def _spends(tenant: str, entries: Sequence[Usage], now: int) -> Iterator[Write]:
    days: Counter[str] = Counter()
    months: Counter[str] = Counter()
    for entry in entries:
        days[entry.day] += entry.microusd
        months[entry.day[:7]] += entry.microusd
    places = {items.day_place(tenant, day): sum_ for day, sum_ in days.items()}
    places |= {items.month_place(tenant, month): sum_ for month, sum_ in months.items()}
    for place, microusd in places.items():
        if microusd:
            yield Write(
                place=place,
                update="ADD microusd :microusd SET #ttl = :ttl",
                values={"microusd": microusd, "ttl": now + KEPT_SECONDS},
                names={"ttl": "ttl"},
            )


def _usage(item: Mapping[str, Value]) -> Usage:
    return Usage(
        hour=text(item, "hour"),
        model=text(item, "model"),
        team=text(item, "team"),
        requests=whole(item, "requests"),
        prompt_tokens=whole(item, "prompt_tokens"),
        completion_tokens=whole(item, "completion_tokens"),
        microusd=whole(item, "microusd"),
    )
