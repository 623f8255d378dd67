"""Forecast of a service for its team: budget, quota, and whether an approver must agree.

The form's advice, the request and the apply all use it, so what the page promises is what happens.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.people import Team
from portal.db.states import ChangeKind, ChangeStatus, ServiceStatus
from portal.db.work import Change, Service, Stack
from portal.operations.approval_rules import budget_reason, limits_reason, options_reason
from portal.stored_settings import gpus_of

Spec = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A team as it would be with a requested service."""

    team: str
    usd_before: float
    """US dollars a day of its services now."""
    usd_after: float | None
    """With the service; None where a price is not known."""
    budget: float
    """US dollars a day without an approver."""
    gpus_before: int
    gpus_after: int
    gpu_quota: int
    services_after: int
    approval: str | None
    """Why an approver must agree; None when none must."""


def forecast(
    session: Session,
    team: Team,
    usd_day: float | None,
    gpus: int,
    *,
    service_id: str | None = None,
    spec: Spec | None = None,
) -> Forecast:
    """Return what a team's services add up to with one at ``usd_day`` and ``gpus``.

    A service that is being changed counts at the larger of what it was and what it will be, on whichever platform.

    Args:
        session: The database.
        team: Whose it is.
        usd_day: What the service would cost, in US dollars a day; None where a price is not known.
        gpus: How many GPUs it would take.
        service_id: The service that is changed; None for a new one.
        spec: The settings it would have, whose options may need an approver; None where only its size counts.
    """
    costs = _costs(session, team)
    before, after = _sums(costs, usd_day, service_id)
    held = {each.service_id: each.gpus for each in committed(session) if each.team == team.id}
    other_gpus = [count for each, count in held.items() if each != service_id]
    return Forecast(
        team=team.name,
        usd_before=before,
        usd_after=after,
        budget=team.budget_usd_day,
        gpus_before=sum(held.values()),
        gpus_after=sum(other_gpus) + gpus,
        gpu_quota=team.gpu_quota,
        services_after=len(other_gpus) + 1,
        approval=_approval(session, team, costs, usd_day, service_id, spec),
    )


def _sums(costs: Mapping[str, float], usd_day: float | None, service_id: str | None) -> tuple[float, float | None]:
    """US dollars a day of a team's services now, and with one at ``usd_day``; None where that is not known."""
    others = sum(cost for each, cost in costs.items() if each != service_id)
    return sum(costs.values()), None if usd_day is None else others + usd_day


def _approval(
    session: Session,
    team: Team,
    costs: Mapping[str, float],
    usd_day: float | None,
    service_id: str | None,
    spec: Spec | None,
) -> str | None:
    before, after = _sums(costs, usd_day, service_id)
    return _reasons(budget_reason(team, before, after), options_reason(spec, _applied(session, team, service_id)))


def _applied(session: Session, team: Team, service_id: str | None) -> Spec | None:
    """The settings that a team's service has now."""
    service = session.get(Service, service_id) if service_id else None
    own = service is not None and session.get_one(Stack, service.stack_id).team_id == team.id
    return service.spec if service is not None and own else None


def _reasons(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None


def approval_now(session: Session, change: Change, stack: Stack) -> str | None:
    """Return why an approver must look at a change; None when none must.

    Of a service by its options and today's budget and services, of limits by those that the preview found.
    """
    if change.kind == ChangeKind.LIMITS:
        return limits_reason((change.plan or {}).get("before", {}), change.spec or {})
    team = session.get_one(Team, stack.team_id)
    return _approval(session, team, _costs(session, team), change.usd_day_after, change.service_id, change.spec)


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """The GPUs of a service that runs, or is about to be what was approved."""

    team: str
    service_id: str
    platform: str
    spec: Spec

    @property
    def gpus(self) -> int:
        """GPUs of all its replicas."""
        return gpus_of(self.spec)


def committed(session: Session) -> Iterator[Commitment]:
    """Every team's services with what they hold; until a change is applied, the larger of before and after."""
    changing = {service: change.spec for service, change in _applying(session).items()}
    query = select(Service, Stack).join(Stack, Stack.id == Service.stack_id).where(Service.status != ServiceStatus.GONE)
    for service, stack in session.execute(query):
        specs = [spec for spec in (service.spec, changing.get(service.id)) if spec is not None]
        if specs:
            spec = max(specs, key=gpus_of)
            yield Commitment(team=stack.team_id, service_id=service.id, platform=stack.platform, spec=spec)


def _costs(session: Session, team: Team) -> dict[str, float]:
    """US dollars a day of each service of a team, by id."""
    query = (
        select(Service.id, Service.usd_day)
        .join(Stack, Stack.id == Service.stack_id)
        .where(Stack.team_id == team.id, Service.status != ServiceStatus.GONE)
    )
    changing = {service: change.usd_day_after or 0.0 for service, change in _applying(session).items()}
    return {each: max(usd_day or 0.0, changing.get(each, 0.0)) for each, usd_day in session.execute(query)}


def _applying(session: Session) -> dict[str, Change]:
    """Return the changes that are being applied, by the id of the service."""
    found = session.scalars(select(Change).where(Change.status == ChangeStatus.APPLYING))
    return {change.service_id: change for change in found if change.service_id is not None}
