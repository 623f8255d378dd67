"""Error pages."""

from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from portal.db.engine import DATABASE_AWAY
from portal.errors import AwayError, PortalError
from portal.http.current_user import TARGET, CurrentUser, current_user, dependencies_of
from portal.security.hosts import own_path
from portal.web import service_form
from portal.web.rendering import page as render

_UNAUTHORIZED = 401
_FORM = "/ask"
"""The form that its address may fill in."""
_NOT_KEPT = frozenset({"csrf", "action"})
_LONGEST_QUERY = 1500
"""An issuer's round is kept in a cookie, which browsers bound at 4 KiB."""
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
        sent = request.method != "GET"
        target = await _form_of(request) if sent else _address(request.url.path, request.url.query)
        ended = "&ended=1" if sent else ""
        return RedirectResponse(f"/sign-in?next={quote(target, safe='/')}{ended}", 303)
    away = status == AwayError.status
    # Whoever it is stands in the database too.
    user = None if away else await run_in_threadpool(_who, request)
    title = _TITLES.get(status, "That did not work")
    again = _again(request) if signing_in else None
    retry = away and request.method == "GET"
    shown = {"title": title, "text": text, "problems": problems, "again": again, "retry": retry}
    return await run_in_threadpool(render, request, "error.html", user, status, **shown)


async def _form_of(request: Request) -> str:
    """Return the address of the page whose form was sent, filled in as it was where the address can do that."""
    if request.url.path == _FORM:
        fields = service_form.values(await request.form())
        query = urlencode({name: value for name, value in fields.items() if value and name not in _NOT_KEPT})
        return _address(_FORM, query if len(query) <= _LONGEST_QUERY else "")
    came_from = urlsplit(request.headers.get("referer", ""))
    return _address(came_from.path, came_from.query) if came_from.netloc == request.url.netloc else "/"


def _address(path: str, query: str) -> str:
    return own_path(f"{path or '/'}?{query}" if query else path or "/")


def _again(request: Request) -> str:
    """The sign-in page, and from there to where the first try would have led."""
    return f"{_SIGN_IN}?next={quote(request.scope.get('session', {}).get(TARGET, '/'))}"


def _who(request: Request) -> CurrentUser | None:
    try:
        return current_user(request, dependencies_of(request))
    except (PortalError, *DATABASE_AWAY):
        return None
