"""The user of a request: a browser's by its cookie, a machine's by its token. Handlers declare them by type."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from portal.clock import now
from portal.db.people import ApiToken, SignIn
from portal.errors import ForbiddenError, NotSignedInError
from portal.http.cookies import cookie_name
from portal.http.dependencies import Dependencies
from portal.identity import people
from portal.identity.roles import READ_ONLY, Actor
from portal.security import forms

_BEARER = "bearer "
_USED_AGAIN = timedelta(minutes=5)
FORM_HEADER = "x-csrf-token"
TARGET = "next"
"""Key of the address that a sign-in at an issuer leads to."""


@dataclass(frozen=True, kw_only=True)
class CurrentUser:
    """A signed-in user, with the session or token of the request."""

    actor: Actor
    sign_in: SignIn | None
    """The browser's session; None for a machine's token."""


def dependencies_of(request: Request) -> Dependencies:
    """Return the dependencies of the portal."""
    deps: Dependencies = request.app.state.deps
    return deps


def address_of(request: Request) -> str:
    """Return the address that the request comes from."""
    return request.client.host if request.client else ""


async def _parts(request: Request) -> Dependencies:
    """As ``parts_of``, without a thread of the pool that the pages share: a probe must not wait for one."""
    return dependencies_of(request)


PortalDeps = Annotated[Dependencies, Depends(_parts)]


def current_user(request: Request, deps: PortalDeps) -> CurrentUser:
    """Return the user who sends the request.

    Raises:
        NotSignedInError: the portal knows no such user.
    """
    address = address_of(request)
    authorization = request.headers.get("authorization", "")
    with deps.database.reading() as session:
        if authorization:
            if not authorization.lower().startswith(_BEARER):
                raise NotSignedInError("authorization must be a bearer token, or be omitted")
            actor, token = people.by_token(session, authorization[len(_BEARER) :].strip(), address)
            stale = token.last_used_at is None or now() - token.last_used_at > _USED_AGAIN
            found, used = CurrentUser(actor=actor, sign_in=None), token.id if stale else None
        else:
            cookie = request.cookies.get(cookie_name(secure=deps.settings.secure), "")
            actor, browser = people.by_cookie(session, cookie, address)
            found, used = CurrentUser(actor=actor, sign_in=browser), None
    if used is not None:
        with deps.database.session() as session:
            session.get_one(ApiToken, used).last_used_at = now()
    request.state.login = found.actor.login
    return found


CurrentUserDep = Annotated[CurrentUser, Depends(current_user)]


async def reader(user: CurrentUserDep) -> Actor:
    """Return a user who only reads."""
    return user.actor


async def writer(request: Request, deps: PortalDeps, user: CurrentUserDep) -> Actor:
    """Return a user who changes something, within the rate limit and, from a browser, with an unused form token.

    Raises:
        ForbiddenError: the token may only read, or the form token is missing, used, or not this browser's.
        TooManyError: too many changes.
    """
    deps.limits.write(user.actor.id)
    if user.actor.read_only:
        raise ForbiddenError(READ_ONLY)
    if user.sign_in is not None:
        value = request.headers.get(FORM_HEADER, "")
        if not value and not request.url.path.startswith("/api/"):
            form = await request.form()
            value = str(form.get("csrf", ""))
        # A transaction may wait for its turn: in a thread, or every other request would wait with it.
        await run_in_threadpool(_spend, deps, user.sign_in, value)
    return user.actor


def _spend(deps: Dependencies, sign_in: SignIn, value: str) -> None:
    if not value:
        raise ForbiddenError(f"a browser's request needs a form token, in {FORM_HEADER} or the field csrf")
    with deps.database.session() as session:
        forms.spend(session, sign_in, value)


Reader = Annotated[Actor, Depends(reader)]
Writer = Annotated[Actor, Depends(writer)]
