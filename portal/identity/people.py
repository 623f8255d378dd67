"""Signing in and out, tokens, and who is behind a cookie or a token."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.people import ApiToken, Membership, Person, SignIn
from portal.errors import ForbiddenError, InvalidError, NotFoundError, NotSignedInError
from portal.identity.passwords import Passwords
from portal.identity.roles import Actor, Role, highest

TOKEN_PREFIX = "llmp_"  # noqa: S105  what tokens begin with, so that scanners find lost ones
_LONGEST_TOKEN_DAYS = 365


def digest(secret: str) -> str:
    """Return the digest that is kept of a random secret; it has 256 bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_password(session: Session, passwords: Passwords, login: str, password: str) -> Person:
    """The local account with this name and password.

    Raises:
        NotSignedInError: there is none; which of the two is wrong is not said.
    """
    person = session.scalar(select(Person).where(Person.subject == f"local:{login}"))
    kept = person.password_hash if person and person.active else None
    if not passwords.right(kept, password) or person is None:
        raise NotSignedInError("wrong name or password")
    return person


def sign_in(session: Session, person: Person, hours: int) -> str:
    """Begin a browser's session; returns the cookie's value."""
    session.execute(delete(SignIn).where(SignIn.expires_at < now()))
    value = secrets.token_urlsafe(32)
    expires = now() + timedelta(hours=hours)
    session.add(SignIn(id=digest(value), person_id=person.id, secret=secrets.token_hex(32), expires_at=expires))
    return value


def sign_out(session: Session, cookie: str) -> None:
    """End a browser's session."""
    session.execute(delete(SignIn).where(SignIn.id == digest(cookie)))


def end_sessions(session: Session, person: Person) -> None:
    """End every browser's session of a person."""
    session.execute(delete(SignIn).where(SignIn.person_id == person.id))


def by_cookie(session: Session, cookie: str, address: str) -> tuple[Actor, SignIn]:
    """Return the user and the session of a browser's cookie.

    Raises:
        NotSignedInError: nobody, or no longer.
    """
    found = session.get(SignIn, digest(cookie))
    if found is None or found.expires_at <= now():
        raise NotSignedInError("sign in first")
    return _actor(session, found.person_id, address), found


def by_token(session: Session, token: str, address: str) -> tuple[Actor, ApiToken]:
    """Return the user of a machine's token, and the token.

    Raises:
        NotSignedInError: the token is unknown, revoked or too old.
    """
    found = session.scalar(select(ApiToken).where(ApiToken.digest == digest(token)))
    if found is None or not hmac.compare_digest(found.digest, digest(token)):
        raise NotSignedInError("no such token")
    if found.revoked_at is not None or found.expires_at <= now():
        raise NotSignedInError("the token is revoked or too old: make another")
    return _actor(session, found.person_id, address, token=found), found


def make_token(session: Session, actor: Actor, name: str, days: int, *, read_only: bool) -> tuple[ApiToken, str]:
    """A new token and its value, which is shown this once.

    A token makes none: whoever found a lost one could otherwise keep access after it was revoked or expired.

    Raises:
        ForbiddenError: the actor is signed in with a token.
        InvalidError: the name is empty or the time too long.
    """
    if actor.by_token:
        raise ForbiddenError("a token makes no tokens: sign in with a browser and make it on the page Tokens")
    if not name.strip() or not 1 <= days <= _LONGEST_TOKEN_DAYS:
        raise InvalidError(f"give the token a name and a lifetime of 1 to {_LONGEST_TOKEN_DAYS} days")
    value = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        person_id=actor.id,
        name=name.strip()[:100],
        digest=digest(value),
        read_only=read_only,
        expires_at=now() + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    return token, value


def revoke_token(session: Session, actor: Actor, token_id: str) -> ApiToken:
    """End one of the actor's own tokens.

    Raises:
        ForbiddenError: the actor's own token may only read.
        NotFoundError: it has none of that id.
    """
    if actor.read_only:
        raise ForbiddenError("a read-only token cannot revoke tokens")
    token = session.get(ApiToken, token_id)
    if token is None or token.person_id != actor.id:
        raise NotFoundError("no such token of yours")
    token.revoked_at = token.revoked_at or now()
    return token


def revoke_tokens(session: Session, person: Person) -> None:
    """End all tokens of a person."""
    mine = ApiToken.person_id == person.id
    session.execute(update(ApiToken).where(mine, ApiToken.revoked_at.is_(None)).values(revoked_at=now()))


def set_roles(session: Session, person: Person, roles: dict[str, Role]) -> None:
    """Replace what a person may do."""
    session.execute(delete(Membership).where(Membership.person_id == person.id))
    session.add_all(Membership(person_id=person.id, team=team, role=role) for team, role in roles.items())


def _actor(session: Session, person_id: str, address: str, *, token: ApiToken | None = None) -> Actor:
    person = session.get_one(Person, person_id)
    if not person.active:
        raise NotSignedInError("this account is closed")
    members = session.scalars(select(Membership).where(Membership.person_id == person.id)).all()
    return Actor(
        id=person.id,
        login=person.login,
        name=person.name,
        roles=highest((member.team, member.role) for member in members),
        address=address,
        by_token=token is not None,
        read_only=token is not None and token.read_only,
        token_expires_at=token.expires_at if token is not None else None,
    )
