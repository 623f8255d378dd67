"""Time to live of services: extended, never shortened by that; ended earlier only with the name typed."""

import math
from datetime import UTC, datetime, timedelta

from portal.clock import now
from portal.db.states import ServiceStatus
from portal.db.work import Service
from portal.errors import ConflictError, InvalidError
from portal.identity.roles import Role
from portal.operations.context import Context
from portal.operations.schemas import EndEarlierRequest, ExtendRequest
from portal.security import audit


def check_ttl(context: Context, hours: int, field: str = "ttl_hours") -> None:
    """Check a time to live against the portal's limit.

    Raises:
        InvalidError: it is longer.
    """
    if hours > context.settings.max_ttl_hours:
        raise InvalidError(f"{field}: is {hours}: {context.settings.max_ttl_hours} at most; it can be extended later")


def hours_left(service: Service) -> int:
    """Return the hours a service has left, rounded up; 0 when its time is over or it has none."""
    if service.expires_at is None:
        return 0
    return max(0, math.ceil((service.expires_at - now()).total_seconds() / 3600))


def extend(context: Context, service_id: str, body: ExtendRequest) -> Service:
    """Extend a service's time to live, from now on; the limit holds again.

    Raises:
        InvalidError: it would live longer than the portal allows.
        ConflictError: it would end earlier than now planned, or it does not run.
        PortalError: it may not.
    """
    service, end = _living(context, service_id)
    if body.more_hours is not None:
        after = max(end, now()) + timedelta(hours=body.more_hours)
        left = hours_left(service)
        if left + body.more_hours > context.settings.max_ttl_hours:
            raise InvalidError(
                f"more_hours: is {body.more_hours}, and {left} hours are left: {context.settings.max_ttl_hours} at most "
                "together; it can be extended later"
            )
    else:
        hours = body.hours or 0
        check_ttl(context, hours, "hours")
        after = now() + timedelta(hours=hours)
        if after < end:
            raise ConflictError(
                f"hours: {hours} h from now is {_text(after)}, earlier than its end now, {_text(end)}: extending never "
                f"shortens the time to live. Request {hours_left(service)} hours or more, or use End earlier"
            )
    _set(context, service, after, "service.extend")
    return service


def end_earlier(context: Context, service_id: str, body: EndEarlierRequest) -> Service:
    """End a service earlier than planned; it is then destroyed without another confirmation.

    Raises:
        InvalidError: the name typed is not its name.
        ConflictError: it would not end earlier, or it does not run.
        PortalError: it may not.
    """
    service, end = _living(context, service_id)
    if body.confirm != service.name:
        raise InvalidError(f"confirm: type the service's name, {service.name}, to end it earlier")
    after = now() + timedelta(hours=body.hours)
    if after >= end:
        raise ConflictError(
            f"hours: {body.hours} h from now is {_text(after)}, not earlier than its end now, {_text(end)}: use Extend for "
            "more time"
        )
    _set(context, service, after, "service.end-earlier")
    return service


def _living(context: Context, service_id: str) -> tuple[Service, datetime]:
    """Return a service whose end can be moved, and when it ends now."""
    service, stack = context.service(service_id, Role.REQUESTER)
    context.unlocked_team(stack.team_id)
    if service.expires_at is None or service.status in {ServiceStatus.GONE, ServiceStatus.DESTROYING}:
        raise ConflictError("it does not run, so there is no end to change")
    return service, service.expires_at


def _set(context: Context, service: Service, end: datetime, action: str) -> None:
    before, team = service.expires_at, context.service(service.id)[1].team_id
    service.expires_at = end
    service.ttl_hours = max(1, hours_left(service))
    service.warned_at = None
    detail = f"{_text(before) if before else 'no end'} to {_text(end)}"
    audit.note(context.session, context.actor, action, service.name, team=team, detail=detail)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
