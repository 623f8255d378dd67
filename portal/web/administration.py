"""Teams, quotas, locks, people and the audit log, for administrators."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from portal import numbers
from portal.errors import ForbiddenError
from portal.http.current_user import CurrentUserDep, PortalDeps, Writer
from portal.identity.roles import Role
from portal.operations import accounts, team_admin, views
from portal.operations.forecast import forecast
from portal.operations.team_admin import LimitsRequest, LockRequest, TeamRequest
from portal.web import form_fields
from portal.web.form_fields import Form
from portal.web.redirects import see_other
from portal.web.rendering import page

router = APIRouter(prefix="/admin")


@router.get("/teams")
def teams(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """Every team one administers."""
    if not user.actor.administers:
        raise ForbiddenError("this page is for administrators")
    with deps.read_context(user.actor) as context:
        found = [team for team in team_admin.teams(context) if user.actor.may(team.id, Role.ADMIN)]
        used = {team.id: forecast(context.session, context.team(team.id), 0.0, 0) for team in found}
        services = Counter(service.team for service in views.services(context))
        people = accounts.everybody(context) if user.actor.platform_admin else []
    return page(request, "teams.html", user, teams=found, used=used, services=services, people=people)


@router.post("/teams")
def make_team(form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Make a team."""
    body = form_fields.parse(TeamRequest, id=form_fields.text(form, "id"), name=form_fields.text(form, "name"))
    with deps.write_context(actor) as context:
        team_admin.make_team(context, body)
    return see_other("/admin/teams")


@router.post("/teams/{team_id}/limits")
def limits(team_id: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Set quotas and budget."""
    body = form_fields.parse(
        LimitsRequest, **{name: form_fields.text(form, name) for name in LimitsRequest.model_fields}
    )
    with deps.write_context(actor) as context:
        team_admin.set_limits(context, team_id, body)
    return see_other("/admin/teams")


@router.post("/teams/{team_id}/lock")
def lock(team_id: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Lock a team."""
    body = form_fields.parse(LockRequest, reason=form_fields.text(form, "reason"))
    with deps.write_context(actor) as context:
        team_admin.lock(context, team_id, body.reason)
    return see_other("/admin/teams")


@router.post("/teams/{team_id}/unlock")
def unlock(team_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Lift the lock."""
    with deps.write_context(actor) as context:
        team_admin.unlock(context, team_id)
    return see_other("/admin/teams")


@router.post("/people/{person_id}/close")
def close_account(person_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Close an account."""
    with deps.write_context(actor) as context:
        accounts.close(context, person_id)
    return see_other("/admin/teams#people")


@router.post("/people/{person_id}/reopen")
def reopen_account(person_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Reopen an account."""
    with deps.write_context(actor) as context:
        accounts.reopen(context, person_id)
    return see_other("/admin/teams#people")


@router.get("/audit")
def audit_log(
    request: Request,
    deps: PortalDeps,
    user: CurrentUserDep,
    before: Annotated[int | None, Query(ge=1, le=numbers.LARGEST)] = None,
    team: str = "",
) -> HTMLResponse:
    """The audit log, of one team or of all one administers."""
    with deps.read_context(user.actor) as context:
        entries = team_admin.audit_log(context, team=team or None, before=before)
        teams = [each for each in team_admin.teams(context) if user.actor.may(each.id, Role.ADMIN)]
    return page(request, "audit.html", user, entries=entries, teams=teams, team=team)
