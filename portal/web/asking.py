"""The form for a new service."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from portal.db.people import Team
from portal.errors import PortalError
from portal.identity.current import PartsDep, Signed, SignedDep, Writer
from portal.identity.roles import Role
from portal.operations import asking
from portal.operations.asks import NewServiceAsk
from portal.parts import Parts
from portal.web import fields
from portal.web.fields import Form
from portal.web.rendering import page

router = APIRouter()
_MOST = 10_485_760


@router.get("/ask")
def form(request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """The empty form."""
    return page(request, "ask.html", signed, **_choices(parts, signed), values={}, problems=[])


@router.get("/ask/proposal")
def proposal(request: Request, parts: PartsDep, signed: SignedDep) -> HTMLResponse:
    """What the planner says of the form as it is filled in so far; a piece of a page."""
    query = request.query_params
    numbers = {name: query.get(name, "") for name in ("max_model_len", "concurrency")}
    model = query.get("model", "").strip()[:200]
    if not model or not all(text.isdecimal() and 0 < int(text) <= _MOST for text in numbers.values()):
        return page(request, "proposal.html", signed, found=None, problem=None)
    platform = query.get("platform", "")
    try:
        facts = parts.platforms.facts(platform)
    except PortalError as error:
        return page(request, "proposal.html", signed, found=None, problem=str(error))
    found = parts.planner.propose(model, int(numbers["max_model_len"]), int(numbers["concurrency"]), platform, facts)
    dearest = max((choice.cost.usd_day or 0.0 for choice in found.choices), default=0.0)
    return page(request, "proposal.html", signed, found=found, problem=None, dearest=dearest)


@router.post("/ask")
def ask(request: Request, form: Form, parts: PartsDep, signed: SignedDep, actor: Writer) -> Response:
    """Ask for what the form says; mistakes come back with the form as it was filled in."""
    try:
        wanted = _from_form(form)
        if wanted.platform in parts.platforms.names:
            parts.platforms.facts(wanted.platform)
        with parts.acting(actor) as context:
            change = asking.ask_new(context, wanted, parts.endpoint_port).id
    except PortalError as error:
        problems = list(getattr(error, "problems", ())) or [str(error)]
        request.state.refusal = str(error)
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        choices = _choices(parts, signed)
        return page(request, "ask.html", signed, error.status, **choices, values=values, problems=problems)
    return RedirectResponse(f"/changes/{change}", 303)


def _from_form(form: Form) -> NewServiceAsk:
    def value(name: str) -> str:
        return fields.text(form, name)

    gated = {"yes": True, "no": False}.get(value("gated"))
    weights = {"source": value("source") or "hub", "size_gib": value("size_gib"), "gated": gated}
    if weights["source"] == "bucket":
        weights |= {"prefix": value("prefix"), "mirror": value("mirror") == "on"}
    ranges = [part for part in value("source_ranges").replace(",", " ").split() if part]
    return fields.ask(
        NewServiceAsk,
        team=value("team"),
        platform=value("platform"),
        name=value("name"),
        model=value("model"),
        pool=value("pool"),
        max_model_len=value("max_model_len"),
        replicas=value("replicas"),
        tensor_parallel=value("tensor_parallel"),
        quantization=value("quantization"),
        ttl_hours=value("ttl_hours"),
        weights={name: given for name, given in weights.items() if given not in {"", None}},
        endpoint={"scheme": value("scheme") or "internal", "source_ranges": ranges},
    )


def _choices(parts: Parts, signed: Signed) -> dict[str, Any]:
    pools: dict[str, list[str]] = {}
    unreachable = []
    for name in parts.platforms.names:
        try:
            found = parts.platforms.gpu_pools(name)
        except PortalError as error:
            unreachable.append(str(error))
        else:
            for pool, facts in found.items():
                pools.setdefault(pool, []).append(f"{name}: {', '.join(facts.instance_types)}")
    with parts.database.reading() as session:
        every = session.scalars(select(Team).order_by(Team.id)).all()
    return {
        "teams": [team for team in every if signed.actor.may(team.id, Role.REQUESTER)],
        "platforms": parts.platforms.names,
        "pools": pools,
        "unreachable": unreachable,
        "default_hours": parts.settings.default_ttl_hours,
        "most_hours": parts.settings.max_ttl_hours,
    }
