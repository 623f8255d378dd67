"""Pages of a team's keys, limits and usage at the gateway of a platform."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from portal.errors import PortalError
from portal.gateways.tables import TableAwayError
from portal.http import gateway_requests
from portal.http.current_user import CurrentUser, CurrentUserDep, PortalDeps, Writer
from portal.http.dependencies import Dependencies
from portal.http.gateway_requests import Days
from portal.identity.roles import Role
from portal.operations import gateway_access, gateway_keys, gateway_usage, team_admin
from portal.operations.gateway_access import TeamGateway
from portal.operations.gateway_keys import GatewayKeyRequest, GatewayKeyView, NewGatewayKey, RotationRequest
from portal.operations.gateway_limits import GatewayLimitsRequest
from portal.operations.listing import Listed
from portal.web import code_samples, form_fields, usage_charts
from portal.web.form_fields import Form
from portal.web.redirects import see_other
from portal.web.rendering import page

router = APIRouter(prefix="/gateway")
_RANGES = (7, 30, 90)
_LONGEST_MODEL = 127


@router.get("")
async def overview(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """List the user's teams on every platform with a gateway."""
    platforms, problems = [], []
    for name in deps.platforms.names:
        try:
            gateway = await gateway_requests.gateway_of(deps, name)
        except PortalError as error:
            problems.append(str(error))
            continue
        if gateway is not None:
            platforms.append(gateway)
    teams = await run_in_threadpool(_teams, deps, user)
    return await run_in_threadpool(
        page, request, "gateway.html", user, platforms=platforms, teams=teams, problems=problems
    )


@router.get("/{platform}/{team}/keys")
async def keys(platform: str, team: str, request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """The keys of a team."""
    return await _keys(request, deps, user, platform, team)


@router.post("/{platform}/{team}/keys")
async def make_key(
    platform: str, team: str, request: Request, form: Form, deps: PortalDeps, user: CurrentUserDep, actor: Writer
) -> HTMLResponse:
    """Make a key; its value is on this answer and nowhere else."""
    body = form_fields.parse(
        GatewayKeyRequest, name=form_fields.text(form, "name") or " ", days=form_fields.text(form, "days")
    )
    made = await gateway_requests.make_key(deps, actor, platform, team, body)
    return await _keys(request, deps, user, platform, team, made)


@router.post("/{platform}/{team}/keys/{key_id}/rotate")
async def rotate_key(
    platform: str,
    team: str,
    key_id: str,
    request: Request,
    form: Form,
    deps: PortalDeps,
    user: CurrentUserDep,
    actor: Writer,
) -> HTMLResponse:
    """Make the successor of a key; its value is on this answer and nowhere else."""
    body = form_fields.parse(RotationRequest, overlap_hours=form_fields.text(form, "overlap_hours"))
    made = await gateway_requests.rotate_key(deps, actor, platform, team, key_id, body)
    return await _keys(request, deps, user, platform, team, made)


@router.post("/{platform}/{team}/keys/{key_id}/revoke")
async def revoke_key(platform: str, team: str, key_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Revoke a key."""
    await gateway_requests.revoke_key(deps, actor, platform, team, key_id)
    return see_other(f"/gateway/{platform}/{team}/keys")


@router.get("/{platform}/{team}/limits")
async def limits(platform: str, team: str, request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """The limits and budgets of a team, and a form for others."""
    at = await gateway_requests.place(deps, user.actor, platform, team)
    found, problem = None, None
    try:
        found = await gateway_requests.limits(deps, user.actor, at)
    except PortalError as error:
        problem = str(error)
    return await _page(request, user, "gateway_limits.html", at, found=found, problem=problem)


@router.post("/{platform}/{team}/limits")
async def request_limits(platform: str, team: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Request other limits."""
    numbers = {name: form_fields.text(form, name) for name in GatewayLimitsRequest.model_fields if name != "models"}
    models = form_fields.text(form, "models").replace(",", " ").split()
    body = form_fields.parse(GatewayLimitsRequest, **numbers, models=models or None)
    change = await gateway_requests.request_limits(deps, actor, platform, team, body)
    return see_other(f"/changes/{change.id}")


@router.get("/{platform}/{team}/usage")
async def usage(
    platform: str,
    team: str,
    request: Request,
    deps: PortalDeps,
    user: CurrentUserDep,
    days: Days = 30,
) -> HTMLResponse:
    """What a team used: tokens and dollars by day and model."""
    at = await gateway_requests.place(deps, user.actor, platform, team)
    values: dict[str, Any] = {"problem": None, "sums": [], "found": None}
    try:
        found = await gateway_requests.usage(deps, at, days)
    except TableAwayError as error:
        values["problem"] = str(error)
    else:
        sums = usage_charts.by_model(found)
        values |= {
            "found": found,
            "sums": sums,
            "legend": usage_charts.legend(sums),
            "tokens": usage_charts.tokens_chart(found, sums),
            "dollars": usage_charts.dollars_chart(found, sums),
        }
    return await _page(request, user, "gateway_usage.html", at, days=days, ranges=_RANGES, **values)


@router.get("/{platform}/{team}/usage.csv")
async def usage_csv(
    platform: str,
    team: str,
    deps: PortalDeps,
    user: CurrentUserDep,
    days: Days = 30,
) -> Response:
    """The same as a table for spreadsheets."""
    at = await gateway_requests.place(deps, user.actor, platform, team)
    found = await gateway_requests.usage(deps, at, days)
    name = f"usage-{platform}-{team}-{found.first}-{found.last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(gateway_usage.as_csv(found), media_type="text/csv", headers=headers)


async def _keys(
    request: Request,
    deps: Dependencies,
    user: CurrentUser,
    platform: str,
    team: str,
    new: NewGatewayKey | None = None,
) -> HTMLResponse:
    at = await gateway_requests.place(deps, user.actor, platform, team)
    found, problem = Listed[GatewayKeyView]([], 0), None
    try:
        found = await gateway_requests.keys(deps, at, every="every" in request.query_params)
    except TableAwayError as error:
        problem = str(error)
    models = await run_in_threadpool(_models, deps, user, at)
    model = request.query_params.get("model", "")[:_LONGEST_MODEL]
    shown = model if model in models else next(iter(models), None)
    return await _page(
        request,
        user,
        "gateway_keys.html",
        at,
        keys=found.rows,
        total=found.total,
        problem=problem,
        new=new,
        models=models,
        model=shown,
        samples=code_samples.samples(at.gateway.url, shown or gateway_access.model_name(platform, "SERVICE")),
        key_variable=code_samples.KEY_VARIABLE,
        longest_days=gateway_keys.LONGEST_DAYS,
        longest_overlap=gateway_keys.LONGEST_OVERLAP_HOURS,
        may_revoke=user.actor.may(at.team, Role.REQUESTER),
    )


async def _page(request: Request, user: CurrentUser, template: str, at: TeamGateway, **values: Any) -> HTMLResponse:
    return await run_in_threadpool(
        page,
        request,
        template,
        user,
        at=at,
        here=f"/gateway/{at.gateway.platform}/{at.team}",
        may_change=user.actor.may(at.team, Role.REQUESTER) and at.locked is None,
        **values,
    )


def _teams(deps: Dependencies, user: CurrentUser) -> list[team_admin.TeamView]:
    with deps.read_context(user.actor) as context:
        return team_admin.teams(context)


def _models(deps: Dependencies, user: CurrentUser, at: TeamGateway) -> list[str]:
    with deps.read_context(user.actor) as context:
        return gateway_access.models(context, at)
