"""API of teams, quotas, locks, users and the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from portal import numbers
from portal.api.idempotency import IdempotentRoute
from portal.http.current_user import PortalDeps, Reader, Writer
from portal.operations import accounts, team_admin
from portal.operations.accounts import PersonView
from portal.operations.team_admin import EntryView, LimitsRequest, LockRequest, TeamRequest, TeamView

router = APIRouter(prefix="/api/v1", route_class=IdempotentRoute, tags=["administration"])


@router.get("/teams")
def list_teams(deps: PortalDeps, actor: Reader) -> list[TeamView]:
    """Your teams, with quotas and locks."""
    with deps.read_context(actor) as context:
        return team_admin.teams(context)


@router.post("/teams", status_code=status.HTTP_201_CREATED)
def make_team(body: TeamRequest, deps: PortalDeps, actor: Writer) -> TeamView:
    """Make a team."""
    with deps.write_context(actor) as context:
        return TeamView.model_validate(team_admin.make_team(context, body), from_attributes=True)


@router.put("/teams/{team_id}/limits")
def set_limits(team_id: str, body: LimitsRequest, deps: PortalDeps, actor: Writer) -> TeamView:
    """Set its quotas and budget."""
    with deps.write_context(actor) as context:
        return TeamView.model_validate(team_admin.set_limits(context, team_id, body), from_attributes=True)


@router.post("/teams/{team_id}/lock")
def lock(team_id: str, body: LockRequest, deps: PortalDeps, actor: Writer) -> TeamView:
    """Lock it, so that nothing of it can be changed."""
    with deps.write_context(actor) as context:
        return TeamView.model_validate(team_admin.lock(context, team_id, body.reason), from_attributes=True)


@router.post("/teams/{team_id}/unlock")
def unlock(team_id: str, deps: PortalDeps, actor: Writer) -> TeamView:
    """Lift the lock."""
    with deps.write_context(actor) as context:
        return TeamView.model_validate(team_admin.unlock(context, team_id), from_attributes=True)


@router.get("/people")
def list_people(deps: PortalDeps, actor: Reader) -> list[PersonView]:
    """List the users the portal knows."""
    with deps.read_context(actor) as context:
        return accounts.everybody(context)


@router.post("/people/{person_id}/close")
def close_account(person_id: str, deps: PortalDeps, actor: Writer) -> PersonView:
    """Close an account; ends its sessions and tokens."""
    with deps.write_context(actor) as context:
        return accounts.close(context, person_id)


@router.post("/people/{person_id}/reopen")
def reopen_account(person_id: str, deps: PortalDeps, actor: Writer) -> PersonView:
    """Reopen an account."""
    with deps.write_context(actor) as context:
        return accounts.reopen(context, person_id)


@router.get("/audit")
def audit_log(
    deps: PortalDeps,
    actor: Reader,
    team: str | None = None,
    before: Annotated[int | None, Query(ge=1, le=numbers.LARGEST)] = None,
    count: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[EntryView]:
    """List the audit log, newest first."""
    with deps.read_context(actor) as context:
        return team_admin.audit_log(context, team, before, count)
