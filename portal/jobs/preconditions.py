"""Preconditions of an apply that may have ceased to hold while it was queued."""

from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.people import Team
from portal.db.states import ServiceStatus
from portal.db.work import Change, Service, Stack


def blocking_reason(session: Session, change: Change) -> str | None:
    """Return why a change must not be applied any more, with the fix; None when it can be."""
    service = session.get_one(Service, change.service_id)
    if service.status == ServiceStatus.GONE:
        return f"{service.name} was deleted: request a new one"
    team = session.get_one(Team, session.get_one(Stack, change.stack_id).team_id)
    if team.locked is not None:
        return f"team {team.id} is locked: {team.locked}; preview again when it is unlocked"
    if change.requested_by is None and service.expires_at is not None and service.expires_at > now():
        return f"{service.name} was given more time, so the portal does not destroy it"
    return None
