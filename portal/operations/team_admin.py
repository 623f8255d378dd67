"""Administration of teams: quotas, budgets, locks, and the audit log."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.db.people import Team
from portal.db.work import AuditEntry
from portal.errors import ConflictError, ForbiddenError, NotFoundError
from portal.identity.roles import Role
from portal.operations.context import Context
from portal.security import audit
from portal.stack_names import stack_name, taken
from settings.models.base import PoolName

_MOST_ENTRIES = 500


class TeamRequest(BaseModel):
    """A new team."""

    model_config = ConfigDict(extra="forbid")

    id: PoolName
    """A DNS label of at most 30 characters."""
    name: str = Field(min_length=1, max_length=100)


class LimitsRequest(BaseModel):
    """Limits of a team."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    gpu_quota: int = Field(ge=0, le=10_000)
    """GPUs of all its services."""
    service_quota: int = Field(ge=0, le=1000)
    """Services."""
    budget_usd_day: float = Field(ge=0, le=1_000_000)
    """US dollars a day without an approver."""


class LockRequest(BaseModel):
    """Lock of a team, with its reason."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


class TeamView(BaseModel):
    """A team."""

    id: str
    name: str
    gpu_quota: int
    service_quota: int
    budget_usd_day: float
    locked: str | None


class EntryView(BaseModel):
    """One line of the audit log."""

    id: int
    at: datetime
    actor: str
    address: str
    team: str | None
    action: str
    target: str
    outcome: str
    detail: str


def teams(context: Context) -> list[TeamView]:
    """The teams the actor may see."""
    query = select(Team).order_by(Team.id)
    if context.actor.teams is not None:
        query = query.where(Team.id.in_(context.actor.teams))
    return [TeamView.model_validate(team, from_attributes=True) for team in context.session.scalars(query)]


def make_team(context: Context, body: TeamRequest) -> Team:
    """Make a team, with the portal's default quotas and no budget.

    Raises:
        PortalError: the actor is no platform administrator, or the id is taken, or a stack's name it would give is.
    """
    context.actor.demand_platform_admin()
    _check_stacks(context, body.id)
    team = Team(id=body.id, name=body.name)
    context.session.add(team)
    try:
        context.session.flush()
    except IntegrityError:
        raise ConflictError(f"there is a team {body.id}: choose another id") from None
    audit.note(context.session, context.actor, "team.make", team.id, team=team.id)
    return team


def set_limits(context: Context, team_id: str, body: LimitsRequest) -> Team:
    """Set quotas and budget.

    Raises:
        PortalError: the actor is no platform administrator, or there is no such team.
    """
    team = context.team(team_id)
    context.actor.demand_platform_admin()
    team.gpu_quota, team.service_quota, team.budget_usd_day = body.gpu_quota, body.service_quota, body.budget_usd_day
    audit.note(context.session, context.actor, "team.limits", team.id, team=team.id, detail=body.model_dump_json())
    return team


def lock(context: Context, team_id: str, reason: str) -> Team:
    """Lock a team, so that nothing of it can be changed.

    Raises:
        PortalError: the actor is not its administrator.
    """
    team = context.team(team_id, Role.ADMIN)
    if team.locked_by_platform and not context.actor.platform_admin:
        raise ForbiddenError("a platform administrator locked it; only one may change that")
    team.locked, team.locked_by_platform = reason, context.actor.platform_admin
    audit.note(context.session, context.actor, "team.lock", team.id, team=team.id, detail=reason)
    return team


def unlock(context: Context, team_id: str) -> Team:
    """Lift a lock.

    Raises:
        PortalError: the actor may not.
    """
    team = context.team(team_id, Role.ADMIN)
    if team.locked is None:
        raise ConflictError(f"team {team.id} is not locked")
    if team.locked_by_platform and not context.actor.platform_admin:
        raise ForbiddenError("a platform administrator locked it; only one may lift that")
    team.locked, team.locked_by_platform = None, False
    audit.note(context.session, context.actor, "team.unlock", team.id, team=team.id)
    return team


def audit_log(
    context: Context, team: str | None = None, before: int | None = None, count: int = 100
) -> list[EntryView]:
    """The newest entries: of every team for platform administrators, of their teams for a team's.

    Raises:
        PortalError: the actor administers nothing, or not that team.
    """
    actor = context.actor
    own = frozenset(name for name, role in actor.roles.items() if role is Role.ADMIN)
    if not own:
        raise ForbiddenError("the audit log is for administrators")
    seen = None if actor.platform_admin else own
    if team is not None:
        if seen is not None and team not in seen:
            raise NotFoundError("no such team, or not one you administer")
        seen = frozenset({team})
    found = audit.entries(context.session, seen, before, min(count, _MOST_ENTRIES))
    return [_entry(entry) for entry in found]


def _check_stacks(context: Context, team: str) -> None:
    """Refuse a team whose stack would be a platform's, or another team's."""
    platforms = context.platforms.names
    teams = context.session.scalars(select(Team.id).order_by(Team.id)).all()
    for platform in platforms:
        name = stack_name(platform, team)
        if (whose := taken(platform, team, platforms, teams)) is not None:
            raise ConflictError(f"id: its stack on {platform} would be {name}, {whose}: choose another id")


def _entry(entry: AuditEntry) -> EntryView:
    return EntryView.model_validate(entry, from_attributes=True)
