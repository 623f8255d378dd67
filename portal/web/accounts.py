"""Pages to sign in and out, and of a user's own tokens."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from portal import numbers
from portal.db.people import ApiToken
from portal.errors import NotFoundError, PortalError
from portal.http.cookies import cookie_name, with_session_cookie
from portal.http.current_user import CurrentUser, CurrentUserDep, PortalDeps, Writer, address_of
from portal.http.dependencies import Dependencies
from portal.identity import people
from portal.security import audit
from portal.security.hosts import own_path
from portal.web import form_fields
from portal.web.form_fields import Form
from portal.web.redirects import see_other
from portal.web.rendering import page

router = APIRouter()


@router.get("/sign-in")
def form(request: Request, deps: PortalDeps, next: str = "/", ended: str = "") -> Response:  # noqa: A002  the query's own name
    """The way in; ``ended`` where something was sent without a session."""
    if deps.settings.sign_in == "oidc":
        return see_other(f"/sign-in/oidc?next={quote(own_path(next))}")
    return page(request, "sign_in.html", None, next=own_path(next), problem=None, ended=bool(ended))


@router.post("/sign-in")
def sign_in(request: Request, form: Form, deps: PortalDeps) -> Response:
    """Check a local account's password."""
    if deps.settings.sign_in != "local":
        raise NotFoundError("there are no local accounts here")
    address = address_of(request)
    target = own_path(form_fields.text(form, "next"))
    login = form_fields.text(form, "login")[:200]
    try:
        deps.limits.sign_in(address)
        with deps.database.reading() as session:
            person = people.check_password(session, deps.passwords, login, form_fields.text(form, "password")[:1000])
    except PortalError as error:
        request.state.login, request.state.refusal = login or "-", str(error)
        return page(request, "sign_in.html", None, error.status, next=target, problem=str(error), ended=False)
    with deps.database.session() as session:
        cookie = people.sign_in(session, person, deps.settings.session_hours)
        actor, _ = people.by_cookie(session, cookie, address)
        audit.note(session, actor, "sign-in", person.login)
    return with_session_cookie(see_other(target), cookie, deps.settings)


@router.post("/sign-out")
def sign_out(request: Request, deps: PortalDeps, actor: Writer) -> Response:
    """End the session."""
    name = cookie_name(secure=deps.settings.secure)
    with deps.database.session() as session:
        people.sign_out(session, request.cookies.get(name, ""))
        audit.note(session, actor, "sign-out", actor.login)
    response = see_other("/signed-out")
    response.delete_cookie(name, path="/")
    return response


@router.get("/signed-out")
def signed_out(request: Request) -> HTMLResponse:
    """Says so; with an issuer that still knows the browser, the sign-in page would sign it in again at once."""
    return page(request, "signed_out.html", None)


@router.get("/tokens")
def tokens(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """One's own tokens."""
    return _tokens(request, deps, user, None)


@router.post("/tokens")
def make_token(request: Request, form: Form, deps: PortalDeps, user: CurrentUserDep, actor: Writer) -> HTMLResponse:
    """Make one; its value is on this answer and nowhere else."""
    with deps.write_context(actor) as context:
        token, value = people.make_token(
            context.session,
            actor,
            form_fields.text(form, "name"),
            numbers.whole(form_fields.text(form, "days")) or 0,
            read_only=form_fields.text(form, "read_only") == "on",
        )
        audit.note(context.session, actor, "token.make", token.id, detail=token.name)
    return _tokens(request, deps, user, value)


@router.post("/tokens/{token_id}/revoke")
def revoke(token_id: str, deps: PortalDeps, actor: Writer) -> Response:
    """Revoke one."""
    with deps.write_context(actor) as context:
        people.revoke_token(context.session, actor, token_id)
        audit.note(context.session, actor, "token.revoke", token_id)
    return see_other("/tokens")


def _tokens(request: Request, deps: Dependencies, user: CurrentUser, new: str | None) -> HTMLResponse:
    with deps.database.reading() as session:
        query = select(ApiToken).where(ApiToken.person_id == user.actor.id).order_by(ApiToken.created_at.desc())
        found = session.scalars(query).all()
    return page(request, "tokens.html", user, tokens=found, new=new)
