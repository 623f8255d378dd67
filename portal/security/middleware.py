"""What holds for every request before any handler sees it, and for every answer: size, kind, origin, headers, log."""

import logging
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.errors import ForbiddenError, PortalError, TooLargeError, WrongTypeError
from portal.settings import PortalSettings

_LOG = logging.getLogger("portal.refusals")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
Record = Callable[[str, str, str, str], None]
"""Writes a refusal into the audit log: login, address, action, detail."""


class Guard:
    """Refuses bodies that are too large or of a kind nobody asked for, and requests that another site's page sent."""

    def __init__(self, app: ASGIApp, settings: PortalSettings, record: Record) -> None:
        """Stand before ``app``."""
        self._app = app
        self._most = settings.max_body_bytes
        self._origin = settings.url
        self._secure = settings.secure
        self._scheme = "https" if settings.secure else "http"
        self._record = record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._mark(scope, MutableHeaders(scope=message))
            await send(message)

        scope.setdefault("state", {})
        try:
            self._check(scope)
            await self._app(scope, self._counted(scope, receive), send_marked)
        except PortalError as error:
            scope["state"]["refusal"] = str(error)
            await JSONResponse({"detail": str(error)}, error.status)(scope, receive, send_marked)
        await self._log(scope, status)

    def _check(self, scope: Scope) -> None:
        if scope["method"] in _SAFE:
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        # Whether the host is one of the portal's names is checked right after this.
        if origin is not None and origin != self._origin and origin != f"{self._scheme}://{headers.get('host', '')}":
            raise ForbiddenError("the request comes from another site's page")
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise ForbiddenError("the request comes from another site's page")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._most:
            raise TooLargeError(f"the body is larger than {self._most} bytes")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = length != "0" or "transfer-encoding" in headers
        wanted = _JSON if scope["path"].startswith("/api/") else _FORM
        if has_body and kind != wanted:
            raise WrongTypeError(f"the body is {kind or 'of no kind'}: send {wanted}")

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        """A body may lie about its length, or not say it."""
        seen = 0

        async def receive_counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most and scope["method"] not in _SAFE:
                raise TooLargeError(f"the body is larger than {self._most} bytes")
            return message

        return receive_counted

    def _mark(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")
        if not scope["path"].startswith("/static/"):
            headers.setdefault("cache-control", "no-store")

    async def _log(self, scope: Scope, status: int) -> None:
        state: dict[str, Any] = scope["state"]
        if not 400 <= status < 500 or (scope["method"] in _SAFE and status == 401):
            return
        client = scope.get("client")
        address = client[0] if client else ""
        action = f"{scope['method']} {scope['path']}"
        detail = f"{status}: {state.get('refusal', '')}"
        _LOG.info("%s %s %s %s", address, state.get("login", "-"), action, detail)
        await run_in_threadpool(self._record, state.get("login", "-"), address, action, detail)
