"""Tenants: what each may use, written by portal and operator, read by the gateway.

A tenant's item has a version, which each write raises: a write that is based on another version than the table's is
refused, so of two people who edit a tenant at once none overwrites the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.store import items, keys, names
from gateway.store.limits import Limits, LimitsError, read_limits
from gateway.store.table import ConditionError, Table, Write
from gateway.store.values import Value, whole

_OWN = frozenset({"pk", "sk", "version"})


class TenantChangeError(Exception):
    """A tenant cannot be changed; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A tenant as the table has it."""

    name: str
    limits: Limits
    version: int
    """Counts its writes; 1 for the first."""


def find(table: Table, name: str) -> Tenant | None:
    """The tenant of that name; None where there is none.

    Raises:
        LimitsError: its item has limits that cannot be used.
        TableError: the table did not answer.
    """
    if names.TENANT.issue(name):
        return None
    item = table.get(items.limits_place(name))
    return _tenant(name, item) if item else None


def every(table: Table) -> list[Tenant]:
    """All tenants by name.

    Raises:
        LimitsError: an item has limits that cannot be used.
        TableError: the table did not answer.
    """
    places = [items.limits_place(name) for name in ever_named(table)]
    found = table.get_many(places)
    return [_tenant(_name(place[0]), found[place]) for place in places if place in found]


def ever_named(table: Table) -> list[str]:
    """The names of all tenants, the removed ones included: their usage remains.

    Raises:
        TableError: the table did not answer.
    """
    return [str(item["sk"]) for item in table.query(items.TENANTS)]


def save(table: Table, name: str, limits: Limits | Mapping[str, Any], *, version: int) -> Tenant:
    """Write a tenant's limits as a whole.

    Args:
        table: The gateway's table.
        name: The tenant.
        limits: What it may use from now on; plain data is checked as by ``read_limits``.
        version: Version that the change is based on; 0: there is no such tenant yet.

    Raises:
        LimitsError: the limits have mistakes.
        TenantChangeError: the name cannot be used, or the tenant is at another version.
        TableError: the table did not answer.
    """
    if issue := names.TENANT.issue(name):
        raise TenantChangeError(issue)
    checked = read_limits(limits.given() if isinstance(limits, Limits) else limits)
    new = Tenant(name=name, limits=checked, version=version + 1)
    item: dict[str, Value] = {**checked.given(), "version": new.version}
    place = items.limits_place(name)
    if version:
        write = Write(place=place, item=item, condition="version = :seen", values={"seen": version})
    else:
        write = Write(place=place, item=item, condition="attribute_not_exists(pk)")
    try:
        table.transact([write, Write(place=items.listed_place(name), item={})])
    except ConditionError:
        why = "was changed or removed meanwhile" if version else "is there already"
        raise TenantChangeError(f"tenant {name} {why}: look at it again") from None
    return new


def remove(table: Table, name: str) -> int:
    """Remove a tenant and revoke its keys; return the number of keys. What it used remains.

    The tenant goes first, so that no key can be created meanwhile; after a failure a second call does the rest.

    Raises:
        TenantChangeError: there is neither such a tenant nor an active key of it.
        TableError: the table did not answer.
    """
    place = items.limits_place(name)
    there = table.get(place) is not None
    if there:
        # A later tenant of that name has agreed to nothing.
        table.transact([Write(place=place, delete=True), Write(place=items.consent_place(name), delete=True)])
    valid = [key for key in keys.of_tenant(table, name) if not key.revoked]
    if not there and not valid:
        raise TenantChangeError(f"there is no tenant {name}")
    for key in valid:
        keys.revoke(table, key.digest)
    return len(valid)


def _name(partition: str) -> str:
    return partition.partition("#")[2]


def _tenant(name: str, item: Mapping[str, Value]) -> Tenant:
    try:
        limits = read_limits({key: _plain(value) for key, value in item.items() if key not in _OWN})
    except LimitsError as error:
        raise LimitsError([f"tenant {name}: {issue}" for issue in error.issues]) from None
    return Tenant(name=name, limits=limits, version=whole(item, "version"))


def _plain(value: Value) -> int | str | Decimal | list[str]:
    return list(value) if isinstance(value, tuple) else value
