"""What a person sees of a refusal."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from portal.errors import PortalError
from portal.identity.current import Signed, parts_of, signed_in
from portal.web.rendering import page as render

_UNAUTHORIZED = 401
_TITLES = {
    403: "Not allowed",
    404: "Not found",
    405: "Not possible",
    409: "Not now",
    413: "Too large",
    415: "Wrong kind",
    422: "Not right yet",
    429: "Too often",
}


async def page(request: Request, status: int, text: str, problems: list[str]) -> Response:
    """The way to the sign-in page for those who are not signed in, for others what went wrong and the cure."""
    if status == _UNAUTHORIZED and request.url.path != "/sign-in":
        if "hx-request" in request.headers:
            # A piece of a page cannot show the sign-in: the whole page goes there.
            return Response(status_code=_UNAUTHORIZED, headers={"HX-Redirect": "/sign-in"})
        target = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(target)}", 303)
    signed = await run_in_threadpool(_who, request)
    title = _TITLES.get(status, "That did not work")
    return await run_in_threadpool(
        render, request, "error.html", signed, status, title=title, text=text, problems=problems
    )


def _who(request: Request) -> Signed | None:
    try:
        return signed_in(request, parts_of(request))
    except PortalError:
        return None
