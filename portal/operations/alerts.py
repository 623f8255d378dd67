"""What fires: of every platform for its administrators, of its own services and budgets for a team."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from portal.db.work import Service, Stack
from portal.errors import ForbiddenError
from portal.identity.roles import Role
from portal.metrics.answers import Alert
from portal.operations.context import Context
from portal.operations.gateway_access import model_name

_ORDER: Final = ("critical", "warning", "info")
_FIRING: Final = "firing"
_MOST: Final = 500
"""Alerts of a platform that are listed: in a storm of them the worst ones."""
_SUBJECTS: Final = ("service", "tenant", "node", "pool", "job", "instance")
"""Labels that say what an alert is of, the closest first."""


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class AlertView(_View):
    """An alert."""

    name: str
    severity: str
    """critical, warning or info; empty where its rule has none."""
    state: str
    """firing, or pending until it was true for as long as its rule says."""
    since: datetime
    """Since when its condition is true."""
    subject: str
    """What it is of, such as service dev-search/qwen; may be empty."""
    summary: str
    description: str
    runbook: str
    """Address or file of its runbook; may be empty."""
    runbook_is_link: bool

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """Build the view of an alert."""
        label = next((name for name in _SUBJECTS if alert.labels.get(name)), None)
        return cls(
            name=alert.name,
            severity=alert.severity,
            state=alert.state,
            since=alert.since,
            subject=f"{label} {alert.labels[label]}" if label else "",
            summary=alert.summary,
            description=alert.description,
            runbook=alert.runbook_url,
            runbook_is_link=_is_link(alert.runbook_url),
        )


class PlatformAlertsView(_View):
    """What fires on one platform."""

    platform: str
    problem: str | None
    """Why it cannot be read now; none where it can."""
    read_at: datetime | None
    alerts: list[AlertView]
    """Firing ones first, then by severity, then the oldest; 500 at most."""
    more: int = 0
    """Further ones, which are not listed."""


def of_platforms(context: Context) -> list[PlatformAlertsView]:
    """What fires on every platform; of an administrator of some teams only what is of their services and budgets.

    Raises:
        ForbiddenError: the actor administers no team.
    """
    if not context.actor.administers:
        raise ForbiddenError("alerts are for administrators; those of a service are on its page")
    if context.actor.platform_admin:
        return [_platform(context, name, None) for name in context.settings.platforms]
    teams = frozenset(team for team, role in context.actor.roles.items() if role is Role.ADMIN)
    query = select(Stack.name, Service.name).join(Service, Service.stack_id == Stack.id).where(Stack.team_id.in_(teams))
    mine = {("service", model_name(stack, service)) for stack, service in context.session.execute(query)}
    mine |= {("tenant", team) for team in teams}
    return [_platform(context, name, mine) for name in context.settings.platforms]


def of_service(context: Context, service_id: str) -> PlatformAlertsView:
    """What fires of a service.

    Raises:
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id)
    return _platform(context, stack.platform, {("service", model_name(stack.name, service.name))})


def _platform(context: Context, name: str, mine: set[tuple[str, str]] | None) -> PlatformAlertsView:
    """Alerts of a platform that have one of the labels; every one for None."""
    cached = context.metrics.alerts(name)
    found = cached.value.alerts if cached.value else ()
    shown = [one for one in found if mine is None or not mine.isdisjoint(one.labels.items())]
    return PlatformAlertsView(
        platform=name,
        problem=cached.problem,
        read_at=cached.value.read_at if cached.value else None,
        alerts=_sorted(AlertView.of(one) for one in shown)[:_MOST],
        more=max(0, len(shown) - _MOST),
    )


def _sorted(alerts: Iterable[AlertView]) -> list[AlertView]:
    order = {severity: place for place, severity in enumerate(_ORDER)}
    return sorted(
        alerts,
        key=lambda one: (one.state != _FIRING, order.get(one.severity, len(order)), one.since, one.name, one.subject),
    )


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
