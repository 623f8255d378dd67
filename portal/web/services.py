"""Pages of the services of a user's teams."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from portal.db.people import Team
from portal.db.states import OPEN_CHANGES, ServiceStatus
from portal.errors import PortalError
from portal.http import slow_requests
from portal.http.current_user import CurrentUser, CurrentUserDep, PortalDeps, Writer
from portal.http.dependencies import Dependencies
from portal.identity.roles import Role
from portal.metrics.spans import Span
from portal.operations import benchmarks, change_requests, job_control, lifetimes, nodes, views
from portal.operations.gateway_access import model_name
from portal.operations.schemas import ChatRequest, DestroyRequest, EndEarlierRequest, ExtendRequest, ScaleRequest
from portal.operations.stack_outputs import Key
from portal.operations.views import ServiceView
from portal.platforms import Gateway
from portal.proposals import Placement
from portal.service_fields import service_field
from portal.stored_settings import read_stored, refusals
from portal.web import code_samples, form_fields, line_charts, metrics
from portal.web.form_fields import Form
from portal.web.redirects import see_other
from portal.web.rendering import page
from settings.derived.deployed import in_cluster

router = APIRouter()
_SHOWN = 20


@router.get("/")
def home(request: Request, deps: PortalDeps, user: CurrentUserDep, before: str = "") -> HTMLResponse:
    """All services."""
    with deps.read_context(user.actor) as context:
        found = views.services(context)
        waiting = views.changes(context, OPEN_CHANGES, before=before)
        teams = context.session.scalar(select(Team.id).limit(1)) is not None
    costs = [service.usd_day for service in found if service.settings]
    total = None if None in costs else sum(cost for cost in costs if cost is not None)
    gateways = deps.platforms.known_gateways()
    return page(
        request,
        "services.html",
        user,
        services=found,
        listed=waiting,
        changes=waiting.rows,
        total=total,
        through={service.id: through.model for service in found if (through := _through(gateways, service))},
        may_ask=_asks_somewhere(user),
        teams=teams,
    )


@router.get("/services/{service_id}")
def show(
    service_id: str,
    request: Request,
    deps: PortalDeps,
    user: CurrentUserDep,
    span: Span = Span.HOUR,
    before: str = "",
) -> HTMLResponse:
    """One service, and what can be done with it; ``before`` is a change of it, where older ones are listed."""
    return _service(request, deps, user, service_id, span=span, before=before)


@router.post("/services/{service_id}/scale")
def scale(service_id: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Request another number of replicas."""
    body = form_fields.parse(ScaleRequest, replicas=form_fields.text(form, "replicas"))
    with deps.write_context(actor) as context:
        change = change_requests.request_scale(context, service_id, body.replicas).id
    return see_other(f"/changes/{change}")


@router.post("/services/{service_id}/destroy")
def destroy(service_id: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Request its destroy."""
    body = form_fields.parse(DestroyRequest, confirm=form_fields.text(form, "confirm") or " ")
    with deps.write_context(actor) as context:
        change = change_requests.request_destroy(context, service_id, body.confirm).id
    return see_other(f"/changes/{change}")


@router.post("/services/{service_id}/extend")
def extend(service_id: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """Extend its time to live: to so many hours from now, or by so many."""
    more = form_fields.text(form, "more_hours")
    body = form_fields.parse(ExtendRequest, more_hours=more, hours="" if more else form_fields.text(form, "hours"))
    with deps.write_context(actor) as context:
        lifetimes.extend(context, service_id, body)
    return see_other(f"/services/{service_id}")


@router.post("/services/{service_id}/end-earlier")
def end_earlier(service_id: str, form: Form, deps: PortalDeps, actor: Writer) -> Response:
    """End it earlier, with its name typed."""
    body = form_fields.parse(
        EndEarlierRequest, hours=form_fields.text(form, "hours"), confirm=form_fields.text(form, "confirm") or " "
    )
    with deps.write_context(actor) as context:
        lifetimes.end_earlier(context, service_id, body)
    return see_other(f"/services/{service_id}")


@router.post("/services/{service_id}/drift")
def drift(service_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Check for drift."""
    with deps.write_context(actor) as context:
        job = job_control.check_drift(context, service_id).id
    return see_other(f"/jobs/{job}")


@router.post("/services/{service_id}/key")
async def key(service_id: str, request: Request, deps: PortalDeps, user: CurrentUserDep, actor: Writer) -> Response:
    """Show the API key, on this answer and nowhere else."""
    found = await slow_requests.api_key(deps, actor, service_id)
    return await run_in_threadpool(_service, request, deps, user, service_id, key=found)


@router.post("/services/{service_id}/chat")
async def chat(
    service_id: str, request: Request, form: Form, deps: PortalDeps, user: CurrentUserDep, actor: Writer
) -> Response:
    """Send the model one message; returns a fragment of the page, or without a script the page."""
    question, answer, problem = form_fields.text(form, "message"), None, None
    try:
        body = form_fields.parse(ChatRequest, message=question)
        answer = await slow_requests.answer(deps, actor, service_id, body.message)
    except PortalError as error:
        if "hx-request" not in request.headers:
            raise
        problem, request.state.refusal = str(error), str(error)
    turn = {"question": question, "answer": answer, "problem": problem}
    if "hx-request" in request.headers:
        return await run_in_threadpool(page, request, "chat_turn.html", user, turn=turn)
    return await run_in_threadpool(_service, request, deps, user, service_id, turn=turn)


def _service(
    request: Request,
    deps: Dependencies,
    user: CurrentUser,
    service_id: str,
    *,
    turn: dict[str, Any] | None = None,
    key: Key | None = None,
    span: Span = Span.HOUR,
    before: str = "",
) -> HTMLResponse:
    with deps.read_context(user.actor) as context:
        service, stack = context.service(service_id)
        view = ServiceView.of(context.session, service, stack)
        has_metrics = view.settings is not None and view.status != ServiceStatus.GONE
        listed = views.changes(context, service=service_id, most=_SHOWN, before=before)
        newest = views.changes(context, service=service_id, most=_SHOWN).rows if before else listed.rows
        team = context.session.get_one(Team, stack.team_id)
        drift, drift_at = stack.drift, stack.drift_at
        left = lifetimes.hours_left(service)
        where = nodes.pods(context, service_id)
        measured = metrics.of_service(context, service_id, span) if has_metrics else {}
        benched = benchmarks.of_service(context, service_id) if has_metrics else None
    through = _through(deps.platforms.known_gateways(), view)
    return page(
        request,
        "service.html",
        user,
        service=view,
        listed=listed,
        changes=listed.rows,
        newest=newest[0] if newest else None,
        open_change=next((change for change in newest if change.status in OPEN_CHANGES), None),
        may_change=user.actor.may(view.team, Role.REQUESTER),
        locked=team.locked,
        placed=_placed(deps, view),
        drift=drift,
        drift_at=drift_at,
        most_hours=deps.settings.max_ttl_hours,
        replicas=service_field("replicas"),
        settings=read_stored(view.settings) if view.settings else None,
        refused=refusals(view.settings) if view.settings and view.status != ServiceStatus.GONE else [],
        left=left,
        where=where,
        has_metrics=has_metrics,
        **measured,
        benchmarks=benched,
        benchmark_lines=_benchmark_lines(benched) if benched else [],
        through=through,
        code=code_samples.samples(through.url, through.model) if through else (),
        key_variable=code_samples.KEY_VARIABLE,
        own_address=view.url if view.url and not in_cluster(view.url) else None,
        turn=turn,
        key=key,
    )


def _benchmark_lines(benched: benchmarks.BenchmarksView) -> list[tuple[str, list[line_charts.LineChart]]]:
    """Title and charts of each address."""
    return [
        (address.title, [line_charts.drawn(one, address.times) for one in address.charts])
        for address in benched.addresses
    ]


@dataclass(frozen=True)
class _Through:
    """How a service is called through the gateway of its platform."""

    url: str
    model: str
    keys: str
    """Page with the team's keys."""


def _through(gateways: Mapping[str, Gateway], service: ServiceView) -> _Through | None:
    """Return how a service is called through a gateway; None where its platform has none, as far as is known."""
    gateway = gateways.get(service.platform)
    if gateway is None:
        return None
    keys = f"/gateway/{service.platform}/{service.team}/keys"
    return _Through(url=gateway.url, model=model_name(service.stack, service.name), keys=keys)


def _placed(deps: Dependencies, service: ServiceView) -> Placement | None:
    """Return the planner's placement of a service as it is; None when its platform cannot be read now."""
    if service.settings is None:
        return None
    try:
        facts = deps.platforms.facts(service.platform)
    except PortalError:
        return None
    return deps.planner.judge(service.settings, 1, service.platform, facts)


def _asks_somewhere(user: CurrentUserDep) -> bool:
    return any(user.actor.may(team, Role.REQUESTER) for team in user.actor.roles)
