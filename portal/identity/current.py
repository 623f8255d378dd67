"""Who sends a request: a browser by its cookie, a machine by its token. Handlers name what they need by type."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from portal.clock import now
from portal.db.people import ApiToken, SignIn
from portal.errors import ForbiddenError, NotSignedInError
from portal.identity import people
from portal.identity.roles import READ_ONLY, Actor
from portal.parts import Parts
from portal.security import forms

_BEARER = "bearer "
_USED_AGAIN = timedelta(minutes=5)
FORM_HEADER = "x-csrf-token"
TARGET = "next"
"""What a sign-in at an issuer remembers of where it shall lead."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Somebody who is signed in, and by what."""

    actor: Actor
    sign_in: SignIn | None
    """The browser's session; None for a machine's token."""


def parts_of(request: Request) -> Parts:
    """The portal's parts."""
    parts: Parts = request.app.state.parts
    return parts


def cookie_name(*, secure: bool) -> str:
    """Name of the session cookie; the prefix makes browsers refuse it from anywhere but this host over TLS."""
    return "__Host-portal" if secure else "portal"


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


async def _parts(request: Request) -> Parts:
    """As ``parts_of``, without a thread of the pool that the pages share: a probe must not wait for one."""
    return parts_of(request)


PartsDep = Annotated[Parts, Depends(_parts)]


def signed_in(request: Request, parts: PartsDep) -> Signed:
    """Whoever sends the request.

    Raises:
        NotSignedInError: nobody the portal knows.
    """
    address = address_of(request)
    authorization = request.headers.get("authorization", "")
    with parts.database.reading() as session:
        if authorization:
            if not authorization.lower().startswith(_BEARER):
                raise NotSignedInError("authorization is a bearer token, or left out")
            actor, token = people.by_token(session, authorization[len(_BEARER) :].strip(), address)
            stale = token.last_used_at is None or now() - token.last_used_at > _USED_AGAIN
            found, used = Signed(actor=actor, sign_in=None), token.id if stale else None
        else:
            cookie = request.cookies.get(cookie_name(secure=parts.settings.secure), "")
            actor, browser = people.by_cookie(session, cookie, address)
            found, used = Signed(actor=actor, sign_in=browser), None
    if used is not None:
        with parts.database.session() as session:
            session.get_one(ApiToken, used).last_used_at = now()
    request.state.login = found.actor.login
    return found


SignedDep = Annotated[Signed, Depends(signed_in)]


async def reader(signed: SignedDep) -> Actor:
    """Whoever only looks."""
    return signed.actor


async def writer(request: Request, parts: PartsDep, signed: SignedDep) -> Actor:
    """Whoever changes something: within the rate limit and, from a browser, with a form token that is used up now.

    Raises:
        ForbiddenError: the token may only read, or the form token is missing, used, or not this browser's.
        TooManyError: too many changes.
    """
    parts.limits.write(signed.actor.id)
    if signed.actor.read_only:
        raise ForbiddenError(READ_ONLY)
    if signed.sign_in is not None:
        value = request.headers.get(FORM_HEADER, "")
        if not value and not request.url.path.startswith("/api/"):
            form = await request.form()
            value = str(form.get("csrf", ""))
        # A transaction may wait for its turn: in a thread, or every other request would wait with it.
        await run_in_threadpool(_spend, parts, signed.sign_in, value)
    return signed.actor


def _spend(parts: Parts, sign_in: SignIn, value: str) -> None:
    if not value:
        raise ForbiddenError(f"a browser's request needs a form token, in {FORM_HEADER} or the field csrf")
    with parts.database.session() as session:
        forms.spend(session, sign_in, value)


Reader = Annotated[Actor, Depends(reader)]
Writer = Annotated[Actor, Depends(writer)]
