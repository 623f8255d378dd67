"""The services of somebody's teams, and one of them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from portal.db.states import OPEN_CHANGES
from portal.identity.current import PartsDep, SignedDep, Writer
from portal.identity.roles import Role
from portal.operations import asking, chatting, deciding, views
from portal.operations.asks import ChatAsk, DestroyAsk, ExtendAsk, ScaleAsk
from portal.operations.views import ServiceView
from portal.web import fields
from portal.web.fields import Form
from portal.web.rendering import page

router = APIRouter()
_SEE_OTHER = 303
_SHOWN = 20


@router.get("/")
def home(request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """All services."""
    with parts.looking(signed.actor) as context:
        found = views.services(context)
        waiting = views.changes(context, OPEN_CHANGES)
    return page(request, "services.html", signed, services=found, changes=waiting, may_ask=_asks_somewhere(signed))


@router.get("/services/{service_id}")
def show(service_id: str, request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """One service, and what can be done with it."""
    with parts.looking(signed.actor) as context:
        service, stack = context.service(service_id)
        view = ServiceView.of(context.session, service, stack)
        history = views.changes(context, service=service_id, most=_SHOWN)
        drift = stack.drift
        drift_at = stack.drift_at
    may_change = signed.actor.may(view.team, Role.REQUESTER)
    busy = any(change.status in OPEN_CHANGES for change in history)
    return page(
        request,
        "service.html",
        signed,
        service=view,
        changes=history,
        may_change=may_change,
        busy=busy,
        drift=drift,
        drift_at=drift_at,
        most_hours=parts.settings.max_ttl_hours,
    )


@router.post("/services/{service_id}/scale")
def scale(service_id: str, form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Ask for another number of replicas."""
    ask = fields.ask(ScaleAsk, replicas=fields.text(form, "replicas"))
    with parts.acting(actor) as context:
        change = asking.ask_scale(context, service_id, ask.replicas).id
    return RedirectResponse(f"/changes/{change}", _SEE_OTHER)


@router.post("/services/{service_id}/destroy")
def destroy(service_id: str, form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Ask for its end."""
    ask = fields.ask(DestroyAsk, confirm=fields.text(form, "confirm") or " ")
    with parts.acting(actor) as context:
        change = asking.ask_destroy(context, service_id, ask.confirm).id
    return RedirectResponse(f"/changes/{change}", _SEE_OTHER)


@router.post("/services/{service_id}/extend")
def extend(service_id: str, form: Form, parts: PartsDep, actor: Writer) -> Response:
    """Let it live longer."""
    ask = fields.ask(ExtendAsk, hours=fields.text(form, "hours"))
    with parts.acting(actor) as context:
        asking.extend(context, service_id, ask.hours)
    return RedirectResponse(f"/services/{service_id}", _SEE_OTHER)


@router.post("/services/{service_id}/drift")
def drift(service_id: str, parts: PartsDep, actor: Writer) -> Response:
    """Look for drift."""
    with parts.acting(actor) as context:
        job = deciding.look_for_drift(context, service_id).id
    return RedirectResponse(f"/jobs/{job}", _SEE_OTHER)


@router.post("/services/{service_id}/chat")
def chat(service_id: str, request: Request, form: Form, parts: PartsDep, signed: SignedDep, actor: Writer) -> Response:
    """Ask the model something; answers with a piece of a page."""
    ask = fields.ask(ChatAsk, message=fields.text(form, "message"))
    with parts.looking(actor) as context:
        target = chatting.target(context, service_id)
    answer = chatting.ask(parts.runner, target, ask.message)
    return page(request, "chat_turn.html", signed, service_id=service_id, question=ask.message, answer=answer)


def _asks_somewhere(signed: SignedDep) -> bool:
    return any(signed.actor.may(team, Role.REQUESTER) for team in signed.actor.roles)
