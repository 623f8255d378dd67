"""API keys: drawn, shown once, kept as the SHA-256 of their text; found, listed, rotated and revoked.

A key is ``sk-llm-`` and 256 random bits in base64url. A fast hash is enough: what has 256 random bits cannot be guessed.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.store import items, names
from gateway.store.table import ConditionError, Table, Write
from gateway.store.values import Value, text, whole

PREFIX = "sk-llm-"
RANDOM_BYTES = 32
MOST_OVERLAP_HOURS = 24 * 30
USED_SECONDS = 400 * 86_400
"""How long after a key's last use that is known: 13 months, as its usage is."""


class KeyChangeError(Exception):
    """A key cannot be created or changed; the message says why, and never has the key."""


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """What is kept of an API key. Times are epoch seconds."""

    digest: str
    """SHA-256 of its text, in hexadecimal."""
    tenant: str
    name: str
    prefix: str
    """Its first 8 and last 4 characters, for people."""
    team: str
    """Team that its usage belongs to; empty: its tenant's."""
    created: int
    expires: int
    """0: never."""
    revoked: bool
    created_by: str
    replaced_by: str = ""
    """Digest of the key that a rotation made; empty where there was none."""
    last_used: int = 0
    """0: never, not for 13 months, or not read."""

    def state(self, now: float) -> str:
        """``active``, ``expired`` or ``revoked``."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= now else "active"


def digest_of(key: str) -> str:
    """The SHA-256 of a key's text, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def find(table: Table, digest: str) -> ApiKey | None:
    """The key with that digest, whatever its state; None where there is none.

    Raises:
        TableError: the table did not answer.
    """
    item = table.get(items.key_place(digest))
    return _key(digest, item) if item else None


def of_tenant(table: Table, tenant: str) -> list[ApiKey]:
    """A tenant's keys with their last use, the newest first.

    Raises:
        TableError: the table did not answer.
    """
    entries = table.query(items.tenant_partition(tenant), first=items.KEY_ENTRY)
    digests = [str(entry["sk"]).rpartition("#")[2] for entry in entries]
    places = [*map(items.key_place, digests), *map(items.used_place, digests)]
    found = table.get_many(places)
    keys = [
        _key(digest, item, found.get(items.used_place(digest), {}))
        for digest in digests
        if (item := found.get(items.key_place(digest)))
    ]
    return sorted(keys, key=lambda key: (-key.created, key.prefix))


def create(
    table: Table, tenant: str, name: str, *, created_by: str, now: int, team: str = "", expires: int = 0
) -> tuple[str, ApiKey]:
    """Draw a key for a tenant; return its text, which is kept nowhere, and what is kept.

    Args:
        table: The gateway's table.
        tenant: A tenant with limits.
        name: What people call the key.
        created_by: Person or role that creates it.
        now: Epoch second.
        team: Team that its usage belongs to; empty: the tenant's.
        expires: Epoch second from which it is refused; 0: never.

    Raises:
        KeyChangeError: a name cannot be used, it would be expired, or there is no such tenant.
        TableError: the table did not answer.
    """
    issues = [names.TENANT.issue(tenant), names.KEY.issue(name), names.TEAM.issue(team) if team else None]
    if issue := next(filter(None, issues), None):
        raise KeyChangeError(issue)
    if expires and expires <= now:
        raise KeyChangeError(f"key {name} would be expired already: choose a time in the future, or 0 for never")
    secret, key = _draw(tenant, name, team=team, created_by=created_by, now=now, expires=expires)
    tenant_exists = Write(place=items.limits_place(tenant), condition="attribute_exists(pk)")
    try:
        table.transact([tenant_exists, *_insert(key)])
    except ConditionError:
        raise KeyChangeError(f"there is no tenant {tenant}: create it first, with its limits") from None
    return secret, key


def rotate(
    table: Table, digest: str, *, overlap_hours: float, created_by: str, now: int, expires: int | None = None
) -> tuple[str, ApiKey]:
    """Draw a successor with the same tenant, name and team; the old key is valid for some more hours.

    Args:
        table: The gateway's table.
        digest: Digest of the old key.
        overlap_hours: Hours for which both are valid, 0 to 720; a key that ends earlier is not prolonged.
        created_by: Person or role that rotates it.
        now: Epoch second.
        expires: End of the new key; None: as long after now as the old one's end was after its creation.

    Raises:
        KeyChangeError: there is no such key, it is not active, has a successor, or was changed meanwhile.
        TableError: the table did not answer.
    """
    if not 0 <= overlap_hours <= MOST_OVERLAP_HOURS:
        raise KeyChangeError(f"an overlap of {overlap_hours:g} hours: use 0 to {MOST_OVERLAP_HOURS}")
    old = find(table, digest)
    if old is None:
        raise KeyChangeError("there is no such key")
    if (state := old.state(now)) != "active":
        raise KeyChangeError(f"key {old.prefix} is {state}: create a new one")
    if old.replaced_by:
        raise KeyChangeError(f"key {old.prefix} was rotated before: rotate its successor")
    if expires is None:
        expires = now + old.expires - old.created if old.expires else 0
    if expires and expires <= now:
        raise KeyChangeError(f"the successor of {old.prefix} would be expired already: choose a time in the future")
    secret, key = _draw(old.tenant, old.name, team=old.team, created_by=created_by, now=now, expires=expires)
    end = now + round(overlap_hours * 3600)
    shorten = Write(
        place=items.key_place(digest),
        update="SET expires = :end, replaced_by = :new",
        condition="revoked = :no AND expires = :seen AND attribute_not_exists(replaced_by)",
        values={
            "end": min(old.expires, end) if old.expires else end,
            "new": key.digest,
            "no": 0,
            "seen": old.expires,
        },
    )
    try:
        table.transact([shorten, *_insert(key)])
    except ConditionError:
        raise KeyChangeError(f"key {old.prefix} was changed meanwhile: look at it again") from None
    return secret, key


def revoke(table: Table, digest: str) -> None:
    """Refuse a key from now on; a second time changes nothing.

    Raises:
        KeyChangeError: there is no such key.
        TableError: the table did not answer; a second call is safe.
    """
    place = items.key_place(digest)
    try:
        table.update(
            Write(place=place, update="SET revoked = :yes", condition="attribute_exists(pk)", values={"yes": 1})
        )
    except ConditionError:
        raise KeyChangeError("there is no such key") from None


def delete(table: Table, key: ApiKey) -> None:
    """Delete a key that has ended, also from its tenant's list; one that is not there changes nothing.

    Raises:
        TableError: the table did not answer; a second call is safe.
    """
    places = (items.key_place(key.digest), items.entry_place(key.tenant, key.prefix, key.digest))
    table.transact([Write(place=place, delete=True) for place in places])


def mark_used(table: Table, digest: str, now: int) -> None:
    """Keep when a key was last used, for 13 months; an earlier time than the kept one changes nothing.

    Each call is a write: the caller makes one a minute for a key at most.

    Raises:
        TableError: the table did not answer.
    """
    later = "attribute_not_exists(last_used) OR last_used < :now"
    write = Write(
        place=items.used_place(digest),
        update="SET last_used = :now, #ttl = :ttl",
        condition=later,
        values={"now": now, "ttl": now + USED_SECONDS},
        names={"ttl": "ttl"},
    )
    try:
        table.update(write)
    except ConditionError:
        return  # another process has kept a later time


def _draw(tenant: str, name: str, *, team: str, created_by: str, now: int, expires: int) -> tuple[str, ApiKey]:
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    key = ApiKey(
        digest=digest_of(secret),
        tenant=tenant,
        name=name,
        prefix=f"{secret[:8]}...{secret[-4:]}",
        team=team,
        created=now,
        expires=expires,
        revoked=False,
        created_by=created_by,
    )
    return secret, key


def _insert(key: ApiKey) -> list[Write]:
    item: dict[str, Value] = {
        "tenant": key.tenant,
        "name": key.name,
        "prefix": key.prefix,
        "team": key.team,
        "created": key.created,
        "expires": key.expires,
        "revoked": 0,
        "created_by": key.created_by,
    }
    entry = items.entry_place(key.tenant, key.prefix, key.digest)
    return [
        Write(place=items.key_place(key.digest), item=item, condition="attribute_not_exists(pk)"),
        Write(place=entry, item={}),
    ]


def _key(digest: str, item: Mapping[str, Value], used: Mapping[str, Value] | None = None) -> ApiKey:
    return ApiKey(
        digest=digest,
        tenant=text(item, "tenant"),
        name=text(item, "name"),
        prefix=text(item, "prefix"),
        team=text(item, "team"),
        created=whole(item, "created"),
        expires=whole(item, "expires"),
        revoked=bool(whole(item, "revoked")),
        created_by=text(item, "created_by"),
        replaced_by=text(item, "replaced_by"),
        last_used=whole(used or {}, "last_used"),
    )
