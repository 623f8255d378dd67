"""Error pages."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from portal.db.engine import DATABASE_AWAY
from portal.errors import AwayError, PortalError
from portal.http.current_user import TARGET, CurrentUser, current_user, dependencies_of
from portal.web.rendering import page as render

_UNAUTHORIZED = 401
_SIGN_IN = "/sign-in"
_TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible",
    409: "Not now",
    413: "Too large",
    415: "Wrong kind",
    422: "Not right yet",
    429: "Too often",
    503: "Back in a moment",
}


async def page(request: Request, status: int, text: str, problems: list[str]) -> Response:
    """Redirect to the sign-in page, or render what went wrong and the fix."""
    # A refusal by the sign-in itself is shown: an issuer that knows the browser would send it round for ever.
    signing_in = request.url.path == _SIGN_IN or request.url.path.startswith(f"{_SIGN_IN}/")
    if status == _UNAUTHORIZED and not signing_in:
        if "hx-request" in request.headers:
            # A piece of a page cannot show the sign-in: the whole page goes there.
            return Response(status_code=_UNAUTHORIZED, headers={"HX-Redirect": "/sign-in"})
        target = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(target)}", 303)
    away = status == AwayError.status
    # Whoever it is stands in the database too.
    user = None if away else await run_in_threadpool(_who, request)
    title = _TITLES.get(status, "That did not work")
    again = _again(request) if signing_in else None
    retry = away and request.method == "GET"
    shown = {"title": title, "text": text, "problems": problems, "again": again, "retry": retry}
    return await run_in_threadpool(render, request, "error.html", user, status, **shown)


def _again(request: Request) -> str:
    """The sign-in page, and from there to where the first try would have led."""
    return f"{_SIGN_IN}?next={quote(request.scope.get('session', {}).get(TARGET, '/'))}"


def _who(request: Request) -> CurrentUser | None:
    try:
        return current_user(request, dependencies_of(request))
    except (PortalError, *DATABASE_AWAY):
        return None
