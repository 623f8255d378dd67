"""Middleware for every request and response: body size, content type, origin, security headers, log of refusals."""

import logging
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.db.engine import DATABASE_AWAY
from portal.db.outage import reason_of
from portal.errors import ForbiddenError, PortalError, TooLargeError, UnreadableError, WrongTypeError
from portal.settings import PortalSettings

_LOG = logging.getLogger("portal.refusals")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UNAUTHORIZED, _FAILED = 401, 500
_OWN_FAULT = "the portal failed: try again, or contact its operator; its log has the reason"
_NUL = re.compile(rb"\x00|%00")
# An even number of backslashes before it, for \\u0000 is a backslash and text.
_NUL_IN_JSON = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")
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


class RequestFilterMiddleware:
    """ASGI middleware that refuses requests that are too large, of another content type, with a NUL, or of another site."""

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
            await self._app(scope, await self._read(scope, receive), send_marked)
        except PortalError as error:
            scope["state"]["refusal"] = str(error)
            await JSONResponse({"detail": str(error)}, error.status)(scope, receive, send_marked)
        except Exception:
            scope["state"]["refusal"] = _OWN_FAULT
            if not status:
                await JSONResponse({"detail": _OWN_FAULT}, _FAILED)(scope, receive, send_marked)
            await self._log(scope, _FAILED)
            raise  # the server logs where it happened
        await self._log(scope, status)

    def _check(self, scope: Scope) -> None:
        if "\0" in scope["path"] or _NUL.search(scope.get("query_string", b"")):
            raise UnreadableError("the address has a NUL character in it: remove it")
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

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        """The body, read and looked at; it may lie about its length, or not say it."""
        if scope["method"] in _SAFE:
            return receive
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise UnreadableError("the body broke off: send it again")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                raise TooLargeError(f"the body is larger than {self._most} bytes")
        if (_NUL_IN_JSON if scope["path"].startswith("/api/") else _NUL).search(body):
            raise UnreadableError("the body has a NUL character in it: remove it")
        return _again(body, receive)

    def _mark(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")
        if not scope["path"].startswith("/static/"):
            headers["cache-control"] = "no-store"

    async def _log(self, scope: Scope, status: int) -> None:
        state: dict[str, Any] = scope["state"]
        if not 400 <= status <= _FAILED:
            return
        if status == _UNAUTHORIZED and scope["method"] in _SAFE and scope["path"] != "/sign-in/callback":
            return  # somebody who is not signed in yet
        client = scope.get("client")
        address = client[0] if client else ""
        action = f"{scope['method']} {scope['path']}"
        detail = f"{status}: {state.get('refusal', '')}"
        _LOG.info("%s %s %s %s", address, state.get("login", "-"), action, detail)
        try:
            await run_in_threadpool(self._record, state.get("login", "-"), address, action, detail)
        except DATABASE_AWAY as error:
            _LOG.warning(
                "%s %s is not in the audit log: the database does not answer: %s", address, action, reason_of(error)
            )
        except SQLAlchemyError:
            _LOG.exception("%s %s is not in the audit log: the database refuses it", address, action)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, then whatever comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
