"""Teams, quotas, locks, people and the audit log, for administrators."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal import numbers
from portal.errors import ForbiddenError
from portal.identity.current import PartsDep, SignedDep, Writer
from portal.identity.roles import Role
from portal.operations import accounts, governing, views
from portal.operations.forecast import forecast
from portal.operations.governing import LimitsAsk, LockAsk, TeamAsk
from portal.web import fields
from portal.web.fields import Form
from portal.web.rendering import page

router = APIRouter(prefix="/admin")
_SEE_OTHER = 303


@router.get("/teams")
def teams(request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """Every team one administers."""
    if Role.ADMIN not in signed.actor.roles.values():
        raise ForbiddenError("this page is for administrators")
    with parts.looking(signed.actor) as context:
        found = [team for team in governing.teams(context) if signed.actor.may(team.id, Role.ADMIN)]
        used = {team.id: forecast(context.session, context.team(team.id), 0.0, 0) for team in found}
        services = Counter(service.team for service in views.services(context))
        people = accounts.everybody(context) if signed.actor.platform_admin else []
    return page(request, "teams.html", signed, teams=found, used=used, services=services, people=people)


@router.post("/teams")
def make_team(form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Make a team."""
    ask = fields.ask(TeamAsk, id=fields.text(form, "id"), name=fields.text(form, "name"))
    with parts.acting(actor) as context:
        governing.make_team(context, ask)
    return RedirectResponse("/admin/teams", _SEE_OTHER)


@router.post("/teams/{team_id}/limits")
def limits(team_id: str, form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Set quotas and budget."""
    ask = fields.ask(LimitsAsk, **{name: fields.text(form, name) for name in LimitsAsk.model_fields})
    with parts.acting(actor) as context:
        governing.set_limits(context, team_id, ask)
    return RedirectResponse("/admin/teams", _SEE_OTHER)


@router.post("/teams/{team_id}/lock")
def lock(team_id: str, form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Lock a team."""
    ask = fields.ask(LockAsk, reason=fields.text(form, "reason"))
    with parts.acting(actor) as context:
        governing.lock(context, team_id, ask.reason)
    return RedirectResponse("/admin/teams", _SEE_OTHER)


@router.post("/teams/{team_id}/unlock")
def unlock(team_id: str, parts: PartsDep, actor: Writer) -> Response:
    """Lift the lock."""
    with parts.acting(actor) as context:
        governing.unlock(context, team_id)
    return RedirectResponse("/admin/teams", _SEE_OTHER)


@router.post("/people/{person_id}/close")
def close_account(person_id: str, parts: PartsDep, actor: Writer) -> Response:
    """Let somebody in no more."""
    with parts.acting(actor) as context:
        accounts.close(context, person_id)
    return RedirectResponse("/admin/teams#people", _SEE_OTHER)


@router.post("/people/{person_id}/reopen")
def reopen_account(person_id: str, parts: PartsDep, actor: Writer) -> Response:
    """Let somebody sign in again."""
    with parts.acting(actor) as context:
        accounts.reopen(context, person_id)
    return RedirectResponse("/admin/teams#people", _SEE_OTHER)


@router.get("/audit")
def audit_log(
    request: Request,
    parts: PartsDep,
    signed: SignedDep,
    before: Annotated[int | None, Query(ge=1, le=numbers.LARGEST)] = None,
    team: str = "",
) -> HTMLResponse:
    """The audit log, of one team or of all one administers."""
    with parts.looking(signed.actor) as context:
        entries = governing.audit_log(context, team=team or None, before=before)
        teams = [each for each in governing.teams(context) if signed.actor.may(each.id, Role.ADMIN)]
    return page(request, "audit.html", signed, entries=entries, teams=teams, team=team)
