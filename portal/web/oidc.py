"""Signing in at an OpenID Connect issuer, by Authlib: authorization code with PKCE; the claims say who and what."""

from typing import Any, cast

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from httpx import HTTPError
from joserfc.errors import JoseError
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from portal.db.people import Person
from portal.errors import ConflictError, ForbiddenError, NotSignedInError
from portal.http.cookies import with_session_cookie
from portal.http.current_user import TARGET, address_of, dependencies_of
from portal.http.dependencies import Dependencies
from portal.identity import people
from portal.identity.roles import from_groups
from portal.security import audit
from portal.security.hosts import own_path
from portal.settings import PortalSettings
from portal.web.redirects import see_other

router = APIRouter(include_in_schema=False)
_LONGEST_TARGET = 1000
_LONGEST_SAID = 200
_WORDS = {
    "access_denied": "the issuer refused you: request access from its operator, or sign in as another user",
    "mismatching_state": "the sign-in took longer than five minutes, or started in another browser: sign in again",
}


def install(app: FastAPI, settings: PortalSettings) -> None:
    """Add the two steps of the sign-in."""
    oauth = OAuth()
    oauth.register(
        "issuer",
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value() or None,
        client_kwargs={"scope": settings.oidc_scopes, "code_challenge_method": "S256"},
    )
    app.state.issuer = oauth.issuer
    # Holds state, nonce and verifier between the two steps, for five minutes; a restart in between begins anew.
    app.add_middleware(
        SessionMiddleware,
        secret_key=generate_token(48),
        session_cookie="portal-oidc",
        max_age=300,
        https_only=settings.secure,
        same_site="lax",
    )
    app.include_router(router)


@router.get("/sign-in/oidc")
async def begin(request: Request, next: str = "/") -> Response:  # noqa: A002  the query's own name
    """Send the browser to the issuer."""
    deps = dependencies_of(request)
    # In the signed cookie that comes back with the browser, so that nobody else says where the sign-in leads.
    request.session[TARGET] = own_path(next) if len(next) <= _LONGEST_TARGET else "/"
    await run_in_threadpool(deps.limits.sign_in, address_of(request))
    try:
        answer = await request.app.state.issuer.authorize_redirect(request, f"{deps.settings.url}/sign-in/callback")
    except HTTPError:
        raise ConflictError("the issuer does not answer: try again, or contact the portal's operator") from None
    return cast("Response", answer)


@router.get("/sign-in/callback")
async def finish(request: Request) -> Response:
    """Take what the issuer says, and sign the browser in."""
    deps = dependencies_of(request)
    await run_in_threadpool(deps.limits.sign_in, address_of(request))
    try:
        token = await request.app.state.issuer.authorize_access_token(request)
    except OAuthError as error:
        said = str(error.error)[:_LONGEST_SAID]
        raise NotSignedInError(_WORDS.get(said, f"the issuer refused: {said}: sign in again")) from None
    except JoseError as error:
        raise NotSignedInError(f"the issuer's token is not good: {error.error}") from None
    except HTTPError:
        raise ConflictError("the issuer does not answer: try again, or contact the portal's operator") from None
    claims = token.get("userinfo")
    if not claims:
        raise NotSignedInError("the issuer sent no identity token: request the scope openid")
    cookie = await run_in_threadpool(_sign_in, deps, claims, address_of(request))
    target = str(request.session.get(TARGET, "/"))
    request.session.clear()
    return with_session_cookie(see_other(target), cookie, deps.settings)


def _sign_in(deps: Dependencies, claims: dict[str, Any], address: str) -> str:
    settings = deps.settings
    groups = claims.get(settings.oidc_groups_claim) or []
    listed = map(str, groups) if isinstance(groups, list) else str(groups).split()
    roles = from_groups(listed, settings.groups)
    login = str(claims.get("email") or claims.get("preferred_username") or claims["sub"])
    subject = f"{claims['iss']}|{claims['sub']}"
    if not roles:
        with deps.database.session() as session:
            _put_out(session, subject)
        raise ForbiddenError(f"{login} is in no group that the portal knows: request one such as llm:TEAM:viewer")
    with deps.database.session() as session:
        person = _person(session, subject, login, str(claims.get("name") or login))
        people.set_roles(session, person, roles)
        cookie = people.sign_in(session, person, settings.session_hours)
        actor, _ = people.by_cookie(session, cookie, address)
        audit.note(session, actor, "sign-in", login, detail=", ".join(f"{team}:{role}" for team, role in roles.items()))
    return cookie


def _put_out(session: Session, subject: str) -> None:
    """Remove the roles and sessions of a user who is in no known group any more."""
    person = session.scalar(select(Person).where(Person.subject == subject))
    if person is None:
        return
    people.set_roles(session, person, {})
    people.end_sessions(session, person)
    audit.note(session, None, "person.out", person.login, detail="the issuer names no group that the portal knows")


def _person(session: Session, subject: str, login: str, name: str) -> Person:
    person = session.scalar(select(Person).where(Person.subject == subject))
    if person is None:
        person = Person(subject=subject, login=login, name=name)
        session.add(person)
    person.login, person.name = login[:200], name[:200]
    session.flush()
    return person
