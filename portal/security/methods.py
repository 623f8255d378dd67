"""Methods an address takes: HEAD where a probe may ask with it, and what a refusal of any other names."""

from fastapi import Request
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.security.hosts import PROBES

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


class Heads:
    """Answers HEAD as GET without a body, for what health checks and crawlers of the API ask."""

    _PATHS = PROBES | {"/openapi.json"}

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, without the answer's body where it is a HEAD."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] not in self._PATHS:
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


def allowed_methods(request: Request) -> list[str]:
    """The methods that the address of ``request`` takes, in alphabetical order."""
    found = {"HEAD"} if request.url.path in PROBES else set()
    for method in _METHODS:
        asked = {**request.scope, "method": method}
        found |= {method for route in request.app.routes if _takes(route, asked)}
    return sorted(found)


def _takes(route: BaseRoute, scope: Scope) -> bool:
    # Files are below a mount, which matches any method.
    return route.matches(scope)[0] is Match.FULL and (
        scope["method"] in {"GET", "HEAD"} or not isinstance(route, Mount)
    )
