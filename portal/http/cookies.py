"""The session cookie: its name, and the response that sets it."""

from typing import TypeVar

from fastapi.responses import Response

from portal.settings import PortalSettings

_R = TypeVar("_R", bound=Response)


def cookie_name(*, secure: bool) -> str:
    """Name of the session cookie; the prefix makes browsers refuse it from anywhere but this host over TLS."""
    return "__Host-portal" if secure else "portal"


def with_session_cookie(response: _R, cookie: str, settings: PortalSettings) -> _R:
    """Set the session cookie on ``response``, which signs the browser in."""
    response.set_cookie(
        cookie_name(secure=settings.secure),
        cookie,
        max_age=settings.session_hours * 3600,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response
