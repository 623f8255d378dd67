"""Pages of the service form, new or changed, with the planner's advice while it is filled in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlalchemy import select

from planner.catalog.models import known_models
from planner.ollama import ollama_models
from portal.db.people import Team
from portal.errors import ConflictError, NotFoundError, PortalError
from portal.http.current_user import CurrentUser, CurrentUserDep, PortalDeps, Writer
from portal.http.dependencies import Dependencies
from portal.identity.roles import Role
from portal.operations import change_requests, views
from portal.operations.context import Context
from portal.operations.forecast import Forecast, forecast
from portal.operations.views import ServiceView
from portal.proposals import Cost, Placement, Proposal
from portal.stored_settings import gpus_of
from portal.web import charts, service_form
from portal.web.form_fields import Form
from portal.web.redirects import see_other
from portal.web.rendering import page
from settings.derived.platform_facts import PlatformFacts
from settings.models.services.base import DEFAULT_KIND
from settings.validation.kinds import KINDS

router = APIRouter()
_PROPOSE = "propose"
_SEEN = "seen"
"""Field with the digest of the settings that the service had when its form was opened."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The planner's advice beside the form."""

    proposal: Proposal | None = None
    cost: Cost | None = None
    """Cost of the service as the form specifies it."""
    requested: Placement | None = None
    """What the form as it is would get."""
    ahead: Forecast | None = None
    """What that would mean for the team."""
    problem: str | None = None
    highest_cost: float = 0.0
    """US dollars a day of the most expensive choice, for the charts."""


@router.get("/ask")
def form(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """The form; the address may fill it in."""
    return _new(request, deps, user, service_form.values(request.query_params))


@router.get("/ask/proposal")
def proposal(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """Render the planner's advice on the form as it is filled in so far; a fragment of a page."""
    given = service_form.values(request.query_params)
    return page(request, "proposal.html", user, advice=_advice(deps, user, given), values=given, announce=True)


@router.post("/ask")
def request_service(request: Request, form: Form, deps: PortalDeps, user: CurrentUserDep, actor: Writer) -> Response:
    """Request the service of the form; mistakes come back with the form as it was filled in."""
    given = service_form.values(form)
    if given.get("action") == _PROPOSE:
        return _new(request, deps, user, given)

    def carry_out() -> str:
        wanted = service_form.new(_completed(deps, given))
        with deps.write_context(actor) as context:
            return change_requests.request_service(context, wanted, deps.endpoint_port).id

    return _carried_out(request, carry_out, lambda **more: _new(request, deps, user, given, **more))


@router.get("/services/{service_id}/edit")
def edit(service_id: str, request: Request, deps: PortalDeps, user: CurrentUserDep, change: str = "") -> HTMLResponse:
    """The form with a service's settings, or with those of a change of it that came to nothing."""
    view, given = _current(deps, user, service_id, change)
    return _edit(request, deps, user, view, given)


@router.post("/services/{service_id}/edit")
def request_update(
    service_id: str, request: Request, form: Form, deps: PortalDeps, user: CurrentUserDep, actor: Writer
) -> Response:
    """Request other settings of a service."""
    view, _ = _current(deps, user, service_id, "")
    given = service_form.values(form) | {"team": view.team, "platform": view.platform}
    if given.get("action") == _PROPOSE:
        return _edit(request, deps, user, view, given)

    def carry_out() -> str:
        if given.get(_SEEN, "") not in {"", views.digest(view.settings)}:
            raise ConflictError(
                f"the settings of {view.name} were changed since you opened this form, which has yours: compare them with those "
                f"on the page of {view.name}, and preview again to replace them"
            )
        wanted = service_form.changed(_completed(deps, given))
        with deps.write_context(actor) as context:
            return change_requests.request_update(context, service_id, wanted, deps.endpoint_port).id

    return _carried_out(request, carry_out, lambda **more: _edit(request, deps, user, view, given, **more))


def _carried_out(request: Request, carry_out: Callable[[], str], again: Callable[..., Response]) -> Response:
    """Redirect to the requested change, or return to the form with its problems."""
    try:
        change_id = carry_out()
    except PortalError as error:
        request.state.refusal = str(error)
        return again(status=error.status, problems=list(getattr(error, "problems", ())) or [str(error)])
    return see_other(f"/changes/{change_id}")


def _completed(deps: Dependencies, given: service_form.Values) -> dict[str, str]:
    if all(given.get(name) for name in ("pool", "replicas", "tensor_parallel")):
        return dict(given)
    platform = given.get("platform", "")
    return service_form.completed(
        given, service_form.proposal(given, deps.planner, deps.platforms.facts(platform), platform)
    )


def _current(
    deps: Dependencies, user: CurrentUser, service_id: str, change_id: str
) -> tuple[ServiceView, dict[str, str]]:
    with deps.read_context(user.actor) as context:
        service, stack = context.service(service_id, Role.REQUESTER)
        view = ServiceView.of(context.session, service, stack)
        requested = _requested(context, service_id, change_id)
    spec = requested if change_id or service.spec is None else service.spec
    if spec is None:
        raise NotFoundError("no such change, or it has no settings")
    return view, service_form.of_settings(spec) | {"team": view.team, "platform": view.platform}


def _requested(context: Context, service_id: str, change_id: str) -> dict[str, Any] | None:
    """Settings of a change of the service, or of its newest that has some."""
    if change_id:
        change, _ = context.change(change_id)
        return change.spec if change.service_id == service_id else None
    return next((one.settings for one in views.changes(context, service=service_id).rows if one.settings), None)


def _new(
    request: Request,
    deps: Dependencies,
    user: CurrentUser,
    given: service_form.Values,
    status: int = 200,
    problems: list[str] | None = None,
) -> HTMLResponse:
    choices = _choices(deps, user, service_form.kind_of(given))
    given = {"team": _first(choices["teams"]), "platform": deps.platforms.names[0], **given}
    filled = _filled_in(deps, given, _advice(deps, user, given), problems)
    return page(request, "service_form.html", user, status, **choices, **filled, service=None)


def _edit(
    request: Request,
    deps: Dependencies,
    user: CurrentUser,
    view: ServiceView,
    given: service_form.Values,
    status: int = 200,
    problems: list[str] | None = None,
) -> HTMLResponse:
    filled = _filled_in(deps, given, _advice(deps, user, given, view.id), problems)
    return page(
        request,
        "service_form.html",
        user,
        status,
        **_choices(deps, user, service_form.kind_of(given)),
        **filled,
        service=view,
        seen=views.digest(view.settings),
    )


def _filled_in(
    deps: Dependencies, given: service_form.Values, advice: Advice, problems: list[str] | None
) -> dict[str, Any]:
    """Return what the template needs of the form as it is filled in."""
    kind = service_form.kind_of(given)
    return {
        "values": {"max_model_len": "8192", **given},
        "kind": kind,
        "kinds": tuple(KINDS),
        "planned": kind == DEFAULT_KIND,
        "sections": service_form.sections(kind, gateway=bool(deps.platforms.known_gateways())),
        "proposed": service_form.PROPOSED,
        "special": service_form.special(given),
        "problems": problems or [],
        "advice": advice,
    }


def _advice(deps: Dependencies, user: CurrentUser, given: service_form.Values, service_id: str | None = None) -> Advice:
    platform, team = given.get("platform", ""), given.get("team", "")
    try:
        facts = deps.platforms.facts(platform)
    except PortalError as error:
        return Advice(problem=str(error))
    found = service_form.proposal(given, deps.planner, facts, platform)
    spec = _settings(deps, given, found, gateway=facts.gateway is not None)
    requested = _judged(deps, given, spec, facts)
    cost = requested.cost if requested is not None else _cost(deps, platform, spec, facts)
    ahead = None
    if cost is not None and spec is not None and user.actor.may(team, Role.VIEWER):
        with deps.database.reading() as session:
            whose, changed = session.get(Team, team), service_id or given.get("service")
            if whose is not None:
                ahead = forecast(session, whose, cost.usd_day, gpus_of(spec), service_id=changed, spec=spec)
    costs = [choice.cost.usd_day for choice in found.choices] if found else []
    return Advice(proposal=found, cost=cost, requested=requested, ahead=ahead, highest_cost=charts.largest(costs))


def _settings(
    deps: Dependencies, given: service_form.Values, found: Proposal | None, *, gateway: bool
) -> dict[str, Any] | None:
    """Return the settings that the form specifies; None while they are not valid: sending the form shows why."""
    try:
        spec = service_form.changed(service_form.completed(given, found)).settings(deps.endpoint_port, gateway=gateway)
    except (PortalError, ValidationError):
        return None
    # What a service costs and takes does not depend on the size of weights that every replica downloads.
    if service_form.kind_of(given) == DEFAULT_KIND:
        spec["weights"].setdefault("size_gib", deps.planner.weights_gib(spec["model"]) or 1.0)
    return spec


def _judged(
    deps: Dependencies, given: service_form.Values, spec: dict[str, Any] | None, facts: PlatformFacts
) -> Placement | None:
    """Return the placement that the form specifies."""
    if spec is None:
        return None
    try:
        return deps.planner.judge(spec, service_form.concurrency(given), given.get("platform", ""), facts)
    except (PortalError, ValidationError):
        return None


def _cost(deps: Dependencies, platform: str, spec: dict[str, Any] | None, facts: PlatformFacts) -> Cost | None:
    """Return the cost of settings that the planner has no placement for; None while they are not valid."""
    if spec is None or spec["pool"] not in facts.pools:
        return None
    try:
        return deps.planner.cost(spec, platform, facts)
    except ValidationError:
        return None


def _first(teams: list[Team]) -> str:
    return teams[0].id if teams else ""


def _choices(deps: Dependencies, user: CurrentUser, kind: str) -> dict[str, Any]:
    pools: dict[str, list[str]] = {}
    unreachable = []
    for name in deps.platforms.names:
        try:
            found = deps.platforms.pools(name, KINDS[kind].settings.pool_kinds)
        except PortalError as error:
            unreachable.append(str(error))
        else:
            for pool, facts in found.items():
                pools.setdefault(pool, []).append(f"{name}: {', '.join(facts.instance_types)}")
    with deps.database.reading() as session:
        every = session.scalars(select(Team).order_by(Team.id)).all()
    return {
        "teams": [team for team in every if user.actor.may(team.id, Role.REQUESTER)],
        "platforms": deps.platforms.names,
        "pools": pools,
        "unreachable": unreachable,
        "models": [entry.name for entry in known_models()] if kind == DEFAULT_KIND else list(ollama_models()),
        "default_hours": deps.settings.default_ttl_hours,
        "most_hours": deps.settings.max_ttl_hours,
    }
