"""Keys with which the portal itself chats through a gateway, one for each team: in memory only, and short-lived.

They are of the team's own tenant, so that its limits hold for a chat and its usage has it.
"""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from gateway.store import keys
from gateway.store.keys import ApiKey, KeyChangeError
from gateway.store.table import Table
from portal.errors import ConflictError
from portal.gateways import tenant
from portal.gateways.tables import Tables
from portal.platforms import Gateway

NAME: Final = "portal chat"
_BY: Final = "portal"
_SECONDS: Final = 12 * 3600
_RENEWED_SECONDS: Final = 600
"""So long before its end another one is made."""
_KEPT_SECONDS: Final = 24 * 3600
"""So long the item of one that ended is kept."""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    secret: str
    expires: int


class ChatKeys:
    """The keys of this process."""

    def __init__(self, tables: Tables) -> None:
        """Make none yet."""
        self._tables = tables
        self._kept: dict[tuple[Gateway, str], _Kept] = {}
        # One lock for each: a table that does not answer delays no chat at another gateway.
        self._locks: defaultdict[tuple[Gateway, str], threading.Lock] = defaultdict(threading.Lock)

    def key(self, gateway: Gateway, team: str) -> str:
        """Return a key of the team that is valid for some more minutes. May call AWS: not for a transaction.

        Raises:
            ConflictError: the table does not answer, or takes no key.
        """
        with self._locks[gateway, team]:
            kept = self._kept.get((gateway, team))
            if kept is None or kept.expires - time.time() < _RENEWED_SECONDS:
                kept = self._make(gateway, team)
                self._kept[gateway, team] = kept
            return kept.secret

    def forget(self, gateway: Gateway, team: str) -> None:
        """Make another one the next time: the gateway does not accept this one any more."""
        self._kept.pop((gateway, team), None)

    def _make(self, gateway: Gateway, team: str) -> _Kept:
        def work(table: Table) -> _Kept:
            moment = int(time.time())
            _remove_old(table, team, moment)
            tenant.ensure(table, team)
            secret, key = keys.create(
                table, team, NAME, created_by=_BY, now=moment, team=team, expires=moment + _SECONDS
            )
            return _Kept(secret=secret, expires=key.expires)

        try:
            return self._tables.call(gateway, work)
        except KeyChangeError as error:
            raise ConflictError(f"the gateway's table takes no key for the chat: {error}") from None


def is_chat(key: ApiKey) -> bool:
    """Whether a key is the portal's own; users can give theirs no such name."""
    return (key.name, key.created_by) == (NAME, _BY)


def _remove_old(table: Table, team: str, moment: int) -> None:
    """Delete the items of the portal's own keys that ended a while ago: no list shows them."""
    old = [key for key in keys.of_tenant(table, team) if is_chat(key) and 0 < key.expires < moment - _KEPT_SECONDS]
    for key in old:
        keys.delete(table, key)
