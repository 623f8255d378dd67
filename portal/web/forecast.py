"""What a service would mean for its team: its budget, its quota, and whether an approver must agree."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.people import Team
from portal.db.states import ServiceStatus
from portal.db.work import Service, Stack
from portal.jobs.outcomes import approval_reason
from portal.proposals import gpus_of


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A team with a service that is asked for."""

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
    approval: str | None
    """Why an approver must agree; None when none must."""


def forecast(
    session: Session, team_id: str, usd_day: float | None, gpus: int, *, service_id: str | None = None
) -> Forecast | None:
    """What a team's services come to with one at ``usd_day`` and ``gpus``; None when there is no such team.

    Args:
        session: The database.
        team_id: Whose it is; the caller has checked that the person may see it.
        usd_day: What the service would cost.
        gpus: What it would take.
        service_id: The service that is changed; None for a new one.
    """
    team = session.get(Team, team_id)
    if team is None:
        return None
    query = (
        select(Service)
        .join(Stack, Stack.id == Service.stack_id)
        .where(Stack.team_id == team_id, Service.status != ServiceStatus.GONE)
    )
    services = session.scalars(query).all()
    others = [each for each in services if each.id != service_id]
    before = sum(each.usd_day or 0.0 for each in services)
    after = None if usd_day is None else sum(each.usd_day or 0.0 for each in others) + usd_day
    return Forecast(
        team=team.name,
        usd_before=before,
        usd_after=after,
        budget=team.budget_usd_day,
        gpus_before=sum(gpus_of(each.spec) for each in services if each.spec is not None),
        gpus_after=sum(gpus_of(each.spec) for each in others if each.spec is not None) + gpus,
        gpu_quota=team.gpu_quota,
        approval=approval_reason(team, before, after),
    )
