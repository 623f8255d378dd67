"""Expiry of services: a warning, then a destroy by the same preview and apply as any change."""

import logging
import time
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.change_transitions import ChangeEvent, transition
from portal.db.engine import Database
from portal.db.people import Team
from portal.db.states import OPEN_CHANGES, ChangeKind, ChangeStatus, JobKind, JobStatus, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.security import audit
from portal.settings import PortalSettings

_LOG = logging.getLogger(__name__)
_EVERY_SECONDS = 15.0
_AGAIN = timedelta(hours=1)
"""After a destroy that failed; so long, too, a person's own destroy may wait to be applied."""
_GIVEN_UP = (ChangeStatus.PREVIEWED, ChangeStatus.WAITING, ChangeStatus.APPROVED)


class Expiry:
    """The chore that ends services."""

    def __init__(self, database: Database, settings: PortalSettings) -> None:
        """Look in ``database``."""
        self._database = database
        self._warn = timedelta(hours=settings.warn_hours)
        self._next: float | None = None
        """In seconds of the monotonic clock: the system's may be set back."""

    def __call__(self) -> None:
        """Look, if it is time to."""
        at = time.monotonic()
        if self._next is not None and at < self._next:
            return
        self._next = at + _EVERY_SECONDS
        moment = now()
        with self._database.reading() as session:
            due = session.scalars(
                select(Service.id).where(
                    Service.expires_at < moment + self._warn,
                    Service.status.in_((ServiceStatus.RUNNING, ServiceStatus.FAILED)),
                )
            ).all()
        for service_id in due:
            with self._database.session() as session:
                self._look_at(session, session.get_one(Service, service_id), moment)

    def _look_at(self, session: Session, service: Service, moment: datetime) -> None:
        if service.expires_at is None or service.status not in {ServiceStatus.RUNNING, ServiceStatus.FAILED}:
            return
        stack = session.get_one(Stack, service.stack_id)
        # A short life is not all warning.
        warn = min(self._warn, timedelta(hours=service.ttl_hours) / 4)
        if service.expires_at > moment:
            if service.warned_at is None and service.expires_at - moment <= warn:
                service.warned_at = moment
                audit.note(session, None, "service.ending", service.name, team=stack.team_id)
            return
        self._expired(session, service, stack, moment)

    def _expired(self, session: Session, service: Service, stack: Stack, moment: datetime) -> None:
        if session.get_one(Team, stack.team_id).locked is not None:
            return  # its services run on until it is unlocked
        open_change = session.scalar(
            select(Change).where(Change.service_id == service.id, Change.status.in_(OPEN_CHANGES))
        )
        if open_change is not None and not _gives_way(open_change, moment):
            return
        if _failed_lately(session, service, moment):
            return
        if open_change is not None:
            transition(open_change, ChangeEvent.WITHDRAW)
            open_change.error = "the service's time ran out"
        self._end(session, service, stack)

    def _end(self, session: Session, service: Service, stack: Stack) -> None:
        change = Change(
            stack_id=stack.id,
            service_id=service.id,
            kind=ChangeKind.DESTROY,
            spec=None,
            requested_by=None,
            usd_day_before=service.usd_day,
            usd_day_after=0.0,
        )
        transition(change, ChangeEvent.REQUEST)
        session.add(change)
        session.flush()
        session.add(Job(stack_id=stack.id, change_id=change.id, kind=JobKind.PREVIEW, status=JobStatus.QUEUED))
        audit.note(session, None, "service.expired", service.name, team=stack.team_id, detail=change.id)
        _LOG.info("service %s of %s expired", service.name, stack.name)


def _gives_way(change: Change, moment: datetime) -> bool:
    """Whether an open change ends for the service's end: not while it is under way, nor a person's own end of it."""
    ends_it_soon = change.kind == ChangeKind.DESTROY and moment - change.created_at < _AGAIN
    return change.status in _GIVEN_UP and not ends_it_soon


def _failed_lately(session: Session, service: Service, moment: datetime) -> bool:
    """Whether the portal's last try failed; one that was stale, as its stack changed meanwhile, is made again at once."""
    last = session.scalar(
        select(Change)
        .where(Change.service_id == service.id, Change.requested_by.is_(None))
        .order_by(Change.created_at.desc())
        .limit(1)
    )
    failed = last is not None and last.status in {ChangeStatus.FAILED, ChangeStatus.REFUSED}
    return last is not None and failed and moment - last.created_at < _AGAIN
