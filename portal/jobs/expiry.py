"""Services whose time ran out: warned of, then destroyed, by the same preview and apply as everything else."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.engine import Database
from portal.db.states import OPEN_CHANGES, ChangeKind, ChangeStatus, JobKind, JobStatus, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.security import audit
from portal.settings import PortalSettings

_LOG = logging.getLogger(__name__)
_EVERY = timedelta(seconds=15)
_AGAIN = timedelta(hours=1)
"""After a destroy that failed."""
_GIVEN_UP = (ChangeStatus.PREVIEWED, ChangeStatus.WAITING, ChangeStatus.APPROVED)


class Expiry:
    """The chore that ends services."""

    def __init__(self, database: Database, settings: PortalSettings) -> None:
        """Look in ``database``."""
        self._database = database
        self._warn = timedelta(hours=settings.warn_hours)
        self._next: datetime | None = None

    def __call__(self) -> None:
        """Look, if it is time to."""
        moment = now()
        if self._next is not None and moment < self._next:
            return
        self._next = moment + _EVERY
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
        open_change = session.scalar(
            select(Change).where(Change.service_id == service.id, Change.status.in_(OPEN_CHANGES))
        )
        if open_change is not None:
            if open_change.status not in _GIVEN_UP:
                return  # under way: looked at again when it is done
            open_change.status = ChangeStatus.WITHDRAWN
            open_change.error = "the service's time ran out"
        last = session.scalar(
            select(Change)
            .where(Change.service_id == service.id, Change.requested_by.is_(None))
            .order_by(Change.created_at.desc())
        )
        if last is not None and moment - last.created_at < _AGAIN:
            return
        change = Change(
            stack_id=stack.id,
            service_id=service.id,
            kind=ChangeKind.DESTROY,
            status=ChangeStatus.PREVIEWING,
            spec=None,
            requested_by=None,
            usd_day_before=service.usd_day,
            usd_day_after=0.0,
        )
        session.add(change)
        session.flush()
        session.add(Job(stack_id=stack.id, change_id=change.id, kind=JobKind.PREVIEW, status=JobStatus.QUEUED))
        audit.note(session, None, "service.expired", service.name, team=stack.team_id, detail=change.id)
        _LOG.info("service %s of %s expired", service.name, stack.name)
