"""API keys of a team at a platform's gateway: made and shown once, listed, rotated with an overlap, revoked.

The gateway's table has the SHA-256 of a key; the portal keeps nothing of it. What is to be done is noted in the audit log
first, so that no key is ever made without a line.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gateway.store import keys
from gateway.store.keys import ApiKey, KeyChangeError
from gateway.store.table import Table
from portal.clock import now
from portal.errors import ConflictError, InvalidError, NotFoundError
from portal.gateways import chat_keys, tenant
from portal.gateways.tables import Tables
from portal.identity.roles import Actor, Role
from portal.operations.context import Context
from portal.operations.gateway_access import TeamGateway, team_gateway
from portal.operations.listing import Listed
from portal.security import audit

_T = TypeVar("_T")
_ID = re.compile(r"[0-9a-f]{64}")
LONGEST_DAYS: Final = 365
LONGEST_OVERLAP_HOURS: Final = 168
MOST_ACTIVE: Final = 100
"""Active keys of a team on a platform; and so many more that were rotated and are still valid."""
REVOKE: Final = "key.revoke"
"""Action in the audit log."""
_SHOWN_ENDED: Final = 50


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class GatewayKeyRequest(_Model):
    """A new key of a team."""

    name: str = Field(min_length=1, max_length=63)
    """What people call it."""
    days: int = Field(default=90, ge=1, le=LONGEST_DAYS)
    """Days until it expires; one that is made with a token ends with the token at the latest."""


class RotationRequest(_Model):
    """A successor of a key."""

    overlap_hours: int = Field(default=24, ge=0, le=LONGEST_OVERLAP_HOURS)
    """Hours for which the old key is still accepted."""


class GatewayKeyView(_Model):
    """A key, without its value."""

    id: str
    """SHA-256 of the key, which opens nothing."""
    name: str
    prefix: str
    """Its first and last characters."""
    state: Literal["active", "expired", "revoked"]
    rotated: bool
    """Whether it has a successor."""
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    """None: never."""
    last_used_at: datetime | None
    """To the minute; none when it was never used."""


class NewGatewayKey(_Model):
    """A key with its value, which is shown this once."""

    id: str
    key: str
    prefix: str
    expires_at: datetime | None


def listed(tables: Tables, at: TeamGateway, *, every: bool = False) -> Listed[GatewayKeyView]:
    """Return the keys of a team: active ones first, then the newest that ended, or every one. Calls AWS: not for a transaction.

    Raises:
        TableAwayError: the table does not answer.
    """
    found = tables.call(at.gateway, lambda table: _of_team(table, at.team))
    moment = now().timestamp()
    active = [key for key in found if key.state(moment) == "active"]
    ended = [key for key in found if key.state(moment) != "active"]
    shown = ended if every else ended[:_SHOWN_ENDED]
    return Listed([_view(key, moment) for key in (*active, *shown)], len(found))


def want(context: Context, platform: str, team: str, action: str, detail: str) -> TeamGateway:
    """Note in the audit log that a requester changes keys of a team, right before it is done.

    Raises:
        PortalError: the actor may not, the team is locked and it is more than a revocation, or the platform has no gateway.
    """
    # A key that leaked is revoked at once, whatever the team is locked for.
    at = team_gateway(context, platform, team, Role.REQUESTER, changes=action != REVOKE)
    audit.note(context.session, context.actor, action, at.where, team=team, detail=detail)
    return at


def make(tables: Tables, at: TeamGateway, body: GatewayKeyRequest, actor: Actor) -> NewGatewayKey:
    """Make a key of a team, and the team's tenant with its first one. Calls AWS: not for a transaction.

    Raises:
        ConflictError: the team has as many keys as it may, or the table does not answer.
        InvalidError: the name cannot be used.
    """
    if body.name == chat_keys.NAME:
        raise InvalidError(f"name: {chat_keys.NAME} is that of the portal's own keys: choose another one")

    def work(table: Table) -> tuple[str, ApiKey]:
        moment = int(now().timestamp())
        active = _valid(table, at.team, moment, rotated=False)
        if active >= MOST_ACTIVE:
            raise ConflictError(f"team {at.team} has {active} active keys, the most there may be: revoke one first")
        tenant.ensure(table, at.team)
        end = _end(actor, moment + round(timedelta(days=body.days).total_seconds()))
        return keys.create(table, at.team, body.name, created_by=actor.login, now=moment, team=at.team, expires=end)

    try:
        return _new(*tables.call(at.gateway, work))
    except KeyChangeError as error:
        raise InvalidError(f"name: {error}") from None


def rotate(tables: Tables, at: TeamGateway, key_id: str, body: RotationRequest, actor: Actor) -> NewGatewayKey:
    """Make the successor of a key, which is accepted for some more hours. Calls AWS: not for a transaction.

    Raises:
        NotFoundError: the team has no such key.
        ConflictError: the key is not active or has a successor, as many rotated ones are valid as may be, or the table does not
            answer.
    """

    def work(table: Table) -> tuple[str, ApiKey]:
        moment = int(now().timestamp())
        old = _own(table, at, key_id)
        rotated = _valid(table, at.team, moment, rotated=True)
        if rotated >= MOST_ACTIVE:
            raise ConflictError(
                f"team {at.team} has {rotated} keys that were rotated and are still valid, the most there may be: revoke one first"
            )
        lifetime = old.expires - old.created if old.expires else round(timedelta(days=LONGEST_DAYS).total_seconds())
        return keys.rotate(
            table,
            key_id,
            overlap_hours=body.overlap_hours,
            created_by=actor.login,
            now=moment,
            expires=_end(actor, moment + lifetime),
        )

    return _new(*_changed(lambda: tables.call(at.gateway, work)))


def revoke(tables: Tables, at: TeamGateway, key_id: str) -> None:
    """Revoke a key; the gateway refuses it within seconds. Calls AWS: not for a transaction.

    Raises:
        NotFoundError: the team has no such key.
        ConflictError: the table does not answer.
    """

    def work(table: Table) -> None:
        _own(table, at, key_id)
        keys.revoke(table, key_id)

    _changed(lambda: tables.call(at.gateway, work))


def _of_team(table: Table, team: str) -> list[ApiKey]:
    """Return every key that a team made; not the portal's own."""
    return [key for key in keys.of_tenant(table, team) if not chat_keys.is_chat(key)]


def _valid(table: Table, team: str, moment: float, *, rotated: bool) -> int:
    """Return how many keys of a team are accepted now: those with a successor, or those without."""
    return sum(key.state(moment) == "active" and bool(key.replaced_by) is rotated for key in _of_team(table, team))


def _own(table: Table, at: TeamGateway, key_id: str) -> ApiKey:
    """Return a key of the team; another team's is not there, as the portal's own are not."""
    found = keys.find(table, key_id) if _ID.fullmatch(key_id) else None
    if found is None or found.tenant != at.team or chat_keys.is_chat(found):
        raise NotFoundError("no such key, or not one of the team's")
    return found


def _changed(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except KeyChangeError as error:
        raise ConflictError(str(error)) from None


def _end(actor: Actor, wanted: int) -> int:
    """Return when a key ends: with the token that made it at the latest, or a lost token would live on in it."""
    if actor.token_expires_at is None:
        return wanted
    return min(wanted, int(actor.token_expires_at.timestamp()))


def _new(secret: str, key: ApiKey) -> NewGatewayKey:
    return NewGatewayKey(id=key.digest, key=secret, prefix=key.prefix, expires_at=_moment(key.expires))


def _view(key: ApiKey, moment: float) -> GatewayKeyView:
    return GatewayKeyView(
        id=key.digest,
        name=key.name,
        prefix=key.prefix,
        state=key.state(moment),
        rotated=bool(key.replaced_by),
        created_at=datetime.fromtimestamp(key.created, tz=UTC),
        created_by=key.created_by,
        expires_at=_moment(key.expires),
        last_used_at=_moment(key.last_used),
    )


def _moment(epoch: int) -> datetime | None:
    return datetime.fromtimestamp(epoch, tz=UTC) if epoch else None
