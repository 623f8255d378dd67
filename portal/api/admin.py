"""Teams, quotas, locks, people and the audit log, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from portal import numbers
from portal.api.once import OnceRoute
from portal.identity.current import PartsDep, Reader, Writer
from portal.operations import accounts, governing
from portal.operations.accounts import PersonView
from portal.operations.governing import EntryView, LimitsAsk, LockAsk, TeamAsk, TeamView

router = APIRouter(prefix="/api/v1", route_class=OnceRoute, tags=["administration"])


@router.get("/teams")
def list_teams(parts: PartsDep, actor: Reader) -> list[TeamView]:
    """Your teams, with quotas and locks."""
    with parts.looking(actor) as context:
        return governing.teams(context)


@router.post("/teams", status_code=status.HTTP_201_CREATED)
def make_team(ask: TeamAsk, parts: PartsDep, actor: Writer) -> TeamView:
    """Make a team."""
    with parts.acting(actor) as context:
        return TeamView.model_validate(governing.make_team(context, ask), from_attributes=True)


@router.put("/teams/{team_id}/limits")
def set_limits(team_id: str, ask: LimitsAsk, parts: PartsDep, actor: Writer) -> TeamView:
    """Set its quotas and budget."""
    with parts.acting(actor) as context:
        return TeamView.model_validate(governing.set_limits(context, team_id, ask), from_attributes=True)


@router.post("/teams/{team_id}/lock")
def lock(team_id: str, ask: LockAsk, parts: PartsDep, actor: Writer) -> TeamView:
    """Let nothing of it be changed."""
    with parts.acting(actor) as context:
        return TeamView.model_validate(governing.lock(context, team_id, ask.reason), from_attributes=True)


@router.post("/teams/{team_id}/unlock")
def unlock(team_id: str, parts: PartsDep, actor: Writer) -> TeamView:
    """Lift the lock."""
    with parts.acting(actor) as context:
        return TeamView.model_validate(governing.unlock(context, team_id), from_attributes=True)


@router.get("/people")
def list_people(parts: PartsDep, actor: Reader) -> list[PersonView]:
    """Everybody the portal knows."""
    with parts.looking(actor) as context:
        return accounts.everybody(context)


@router.post("/people/{person_id}/close")
def close_account(person_id: str, parts: PartsDep, actor: Writer) -> PersonView:
    """Let somebody in no more; ends sessions and tokens."""
    with parts.acting(actor) as context:
        return accounts.close(context, person_id)


@router.post("/people/{person_id}/reopen")
def reopen_account(person_id: str, parts: PartsDep, actor: Writer) -> PersonView:
    """Let somebody sign in again."""
    with parts.acting(actor) as context:
        return accounts.reopen(context, person_id)


@router.get("/audit")
def audit_log(
    parts: PartsDep,
    actor: Reader,
    team: str | None = None,
    before: Annotated[int | None, Query(ge=1, le=numbers.LARGEST)] = None,
    count: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[EntryView]:
    """Who did what, newest first."""
    with parts.looking(actor) as context:
        return governing.audit_log(context, team, before, count)
