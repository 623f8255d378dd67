"""Consent of tenants to response logs: prompts and answers are logged of a tenant that has one, for services that name it.

It is an item of its own, beside the tenant's limits: whoever writes limits, which are written as a whole, leaves it as it is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.store import items, names
from gateway.store.table import ConditionError, Table, Write
from gateway.store.values import Value, text, whole

MOST_CHARACTERS = 256
_TEXT = re.compile(rf"[^\W_][^\x00-\x1f\x7f-\x9f\u2028\u2029]{{2,{MOST_CHARACTERS - 1}}}")


class ConsentError(Exception):
    """A consent cannot be written; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """That a tenant agrees."""

    tenant: str
    text: str
    """Who agreed, and where that is written, such as a ticket."""
    since: int
    """When it was written, in seconds since the epoch."""
    written_by: str
    """ARN of whoever wrote it."""


def find(table: Table, tenant: str) -> Consent | None:
    """A tenant's consent; None where there is none.

    Raises:
        TableError: the table did not answer.
    """
    return of(table, [tenant]).get(tenant)


def of(table: Table, tenants: Iterable[str]) -> dict[str, Consent]:
    """The consents of those of the tenants that have one.

    Raises:
        TableError: the table did not answer.
    """
    places = {items.consent_place(name): name for name in tenants if not names.TENANT.issue(name)}
    found = table.get_many(list(places))
    return {places[place]: _consent(places[place], item) for place, item in found.items()}


def check(agreed: str) -> None:
    """Refuse a text that states no consent.

    Raises:
        ConsentError: it says too little or too much.
    """
    if not _TEXT.fullmatch(agreed):
        raise ConsentError(
            f"{agreed[:60]!r} does not state a consent: write who agreed and where, in one line of 3 to {MOST_CHARACTERS} characters that "
            "begins with a letter or digit"
        )


def give(table: Table, tenant: str, agreed: str, *, written_by: str, now: int) -> Consent:
    """Write a tenant's consent, in place of an earlier one.

    Raises:
        ConsentError: the text says too little or too much, or there is no such tenant.
        TableError: the table did not answer.
    """
    check(agreed)
    item: dict[str, Value] = {"consent": agreed, "since": now, "written_by": written_by}
    there = Write(place=items.limits_place(tenant), condition="attribute_exists(pk)")
    try:
        table.transact([there, Write(place=items.consent_place(tenant), item=item)])
    except ConditionError:
        raise ConsentError(f"there is no tenant {tenant}") from None
    return Consent(tenant=tenant, text=agreed, since=now, written_by=written_by)


def withdraw(table: Table, tenant: str) -> None:
    """Remove a tenant's consent, if there is one: gateways log none of its responses a few seconds later.

    Raises:
        TableError: the table did not answer.
    """
    table.transact([Write(place=items.consent_place(tenant), delete=True)])


def _consent(tenant: str, item: Mapping[str, Value]) -> Consent:
    return Consent(
        tenant=tenant, text=text(item, "consent"), since=whole(item, "since"), written_by=text(item, "written_by")
    )
