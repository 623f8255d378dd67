"""Form tokens against cross-site requests: each for one use, by one browser's session, for some hours."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.people import SignIn, UsedToken
from portal.errors import ForbiddenError

_HOURS = 12


def token(sign_in: SignIn) -> str:
    """A fresh token for a form or a script's header."""
    nonce = f"{secrets.token_hex(12)}.{int((now() + timedelta(hours=_HOURS)).timestamp())}"
    return f"{nonce}.{_sign(sign_in, nonce)}"


def spend(session: Session, sign_in: SignIn, value: str) -> None:
    """Use up a token.

    Raises:
        ForbiddenError: it is not this browser's, too old, or was used before.
    """
    nonce, _, signature = value.rpartition(".")
    if not nonce or not hmac.compare_digest(signature.encode(), _sign(sign_in, nonce).encode()):
        raise ForbiddenError("the form is not from this session: reload the page")
    expires = datetime.fromtimestamp(int(nonce.partition(".")[2]), tz=UTC)
    if expires < now():
        raise ForbiddenError("the form is too old: reload the page")
    session.execute(delete(UsedToken).where(UsedToken.expires_at < now()))
    session.add(UsedToken(key=hashlib.sha256(value.encode()).hexdigest(), expires_at=expires))
    try:
        session.flush()
    except IntegrityError:
        raise ForbiddenError("the form was sent before: reload the page") from None


def _sign(sign_in: SignIn, nonce: str) -> str:
    return hmac.new(sign_in.secret.encode(), nonce.encode(), "sha256").hexdigest()
