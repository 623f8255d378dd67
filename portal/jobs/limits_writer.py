"""Writing of limits that were approved into a gateway's table, and finding out what became of a write that was cut off."""

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from gateway.store import tenants
from gateway.store.limits import LimitsError, read_limits
from gateway.store.table import Table
from gateway.store.tenants import TenantChangeError
from portal.clock import now
from portal.db.change_transitions import ChangeEvent, transition
from portal.db.engine import Database
from portal.db.states import ChangeKind, ChangeStatus
from portal.db.work import Change, Stack
from portal.errors import PortalError
from portal.gateways import tenant
from portal.gateways.tables import TableAwayError, Tables
from portal.platforms import Gateway, Platforms
from portal.security import audit

_LOG = logging.getLogger(__name__)
_EVERY_SECONDS: Final = 15.0
_TAKEN: Final = timedelta(minutes=1)
"""So long the request that applies a change writes it itself."""
_GIVEN_UP: Final = timedelta(minutes=30)
_NOT_WRITTEN = "nothing was written: preview it again"
_OTHERS = "stale, preview again: the limits changed since the preview"


class LimitsWriter:
    """Writes limits; as a chore it settles the changes that a portal left half-way."""

    def __init__(self, database: Database, platforms: Platforms, tables: Tables) -> None:
        """Write nothing yet."""
        self._database = database
        self._platforms = platforms
        self._tables = tables
        self._next: float | None = None
        """In seconds of the monotonic clock: the system's may be set back."""
        self._settling = False

    def write(self, change_id: str) -> None:
        """Write a change that is being applied, and keep how that ended. Calls AWS."""
        with self._database.reading() as session:
            change = session.get_one(Change, change_id)
            stack = session.get_one(Stack, change.stack_id)
        try:
            gateway = self._platforms.gateway(stack.platform)
            if gateway is None:
                self._end(change_id, ChangeEvent.APPLY_FAILED, f"platform {stack.platform} has no gateway any more")
                return
            self._write(gateway, stack.team_id, change)
        except TableAwayError as error:
            # The write may have been made: the chore looks as soon as the table answers.
            self._keep(change_id, str(error))
        except PortalError as error:
            self._end(change_id, ChangeEvent.APPLY_FAILED, f"{error}; {_NOT_WRITTEN}")

    def __call__(self) -> None:
        """Settle what was cut off, if it is time to look; in a thread, since jobs must not wait for AWS."""
        at = time.monotonic()
        if self._settling or (self._next is not None and at < self._next):
            return
        self._next = at + _EVERY_SECONDS
        moment = now()
        with self._database.reading() as session:
            query = select(Change, Stack).join(Stack, Stack.id == Change.stack_id)
            found = session.execute(
                query.where(Change.kind == ChangeKind.LIMITS, Change.status == ChangeStatus.APPLYING)
            ).all()
        late = [(change, stack, since) for change, stack in found if (since := moment - _began(change)) > _TAKEN]
        if late:
            self._settling = True
            threading.Thread(target=self._settle_all, args=(late,), daemon=True, name="limits").start()

    def _settle_all(self, late: Sequence[tuple[Change, Stack, timedelta]]) -> None:
        try:
            for change, stack, since in late:
                self._settle(change, stack, since)
        finally:
            self._settling = False

    def _settle(self, change: Change, stack: Stack, since: timedelta) -> None:
        try:
            gateway = self._platforms.gateway(stack.platform)
            if gateway is not None:
                self._compare(gateway, stack.team_id, change)
                return
            reason = f"platform {stack.platform} has no gateway any more"
        except PortalError as error:
            reason = str(error)
        if since > _GIVEN_UP:
            self._end(change.id, ChangeEvent.APPLY_FAILED, f"it is not known whether it was written: {reason}")

    def _write(self, gateway: Gateway, team: str, change: Change) -> None:
        version = (change.plan or {})["version"]

        def work(table: Table) -> None:
            tenant.find(table, team)
            tenants.save(table, team, {**(change.spec or {}), "team": team}, version=version)

        try:
            self._tables.call(gateway, work)
        except TenantChangeError:
            self._compare(gateway, team, change)
        except LimitsError as error:
            self._end(change.id, ChangeEvent.APPLY_FAILED, f"{'; '.join(error.issues)}; {_NOT_WRITTEN}")
        else:
            self._end(change.id, ChangeEvent.APPLY_SUCCEEDED)

    def _compare(self, gateway: Gateway, team: str, change: Change) -> None:
        """End a change by what the table has: what it wanted, what it found before, or something else."""
        plan = change.plan or {}
        try:
            found = self._tables.call(gateway, lambda table: tenants.find(table, team))
        except LimitsError:
            self._end(change.id, ChangeEvent.APPLY_STALE, _OTHERS)
            return
        version = found.version if found else 0
        wanted = read_limits({**(change.spec or {}), "team": team})
        if found is not None and version == plan["version"] + 1 and found.limits == wanted:
            self._end(change.id, ChangeEvent.APPLY_SUCCEEDED)
        elif version == plan["version"]:
            self._end(change.id, ChangeEvent.APPLY_FAILED, f"the gateway's table did not answer; {_NOT_WRITTEN}")
        else:
            self._end(change.id, ChangeEvent.APPLY_STALE, _OTHERS)

    def _keep(self, change_id: str, error: str) -> None:
        with self._database.session() as session:
            session.get_one(Change, change_id).error = error

    def _end(self, change_id: str, event: ChangeEvent, error: str | None = None) -> None:
        with self._database.session() as session:
            change = session.get_one(Change, change_id)
            if change.status != ChangeStatus.APPLYING:
                return  # another thread of the portal settled it
            transition(change, event)
            change.error = error
            team = session.get_one(Stack, change.stack_id).team_id
            audit.note(session, None, f"limits.{change.status}", change.id, team=team, detail=error or "")
        _LOG.info("limits change %s is %s", change_id, change.status)


def _began(change: Change) -> datetime:
    return datetime.fromisoformat((change.plan or {})["applied_at"])
