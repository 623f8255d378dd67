"""ASGI middleware that lets through what a client of vLLM needs, and answers 404 to the rest.

vLLM's API key guards ``/v1`` alone: ``/invocations``, ``/tokenize``, ``/metrics`` and more answer without any key. This
file is mounted into the vLLM container and passed with ``--middleware=path_allow_list.PathAllowList``. vLLM adds it
last, so it runs first, before the check of the API key. It runs inside the image and imports nothing but the standard
library.
"""

import hmac
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ALLOWED_PREFIX = "/v1/"
HEALTH_PATH = "/health"
METRICS_PATH = "/metrics"
SCRAPE_TOKEN_VARIABLE = "LLM_SCRAPE_TOKEN"  # noqa: S105 - the name of the variable, not the token
POLICY_VIOLATION = 1008
NOT_FOUND = json.dumps({"detail": "Not Found"}).encode()
"""The body that vLLM's own router sends, so that a hidden path looks like one that is not there."""


class PathAllowList:
    """Pass ``/v1/…`` and ``/health``; pass ``/metrics`` to holders of the scrape token; hide everything else."""

    def __init__(self, app: App) -> None:
        """Wrap ``app``; the scrape token comes from the environment, and without one no scrape is answered."""
        self._app = app
        self._scrape_token = os.environ.get(SCRAPE_TOKEN_VARIABLE, "").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self._allows(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _not_found(send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})

    def _allows(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if not _is_plain(path, scope.get("raw_path")):
            return False
        if path == METRICS_PATH:
            return self._may_scrape(scope)
        return path == HEALTH_PATH or path.startswith(ALLOWED_PREFIX)

    def _may_scrape(self, scope: Scope) -> bool:
        sent = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        if not self._scrape_token or len(sent) != 1:
            return False
        return hmac.compare_digest(sent[0], b"Bearer " + self._scrape_token)


def _is_plain(path: str, raw_path: bytes | None) -> bool:
    """Whether no proxy or router could read another path than ``path`` here.

    No path of vLLM's API needs an escape, an empty segment or a dot segment, so none is interpreted: all are refused.
    """
    raw = raw_path.split(b"?", 1)[0] if raw_path else b""
    if b"%" in raw or (raw and raw != path.encode()):
        return False
    if not path.isascii() or not path.isprintable() or any(character in path for character in "\\%;"):
        return False
    segments = path.split("/")[1:]
    return all(segment not in {".", ".."} for segment in segments) and "" not in segments[:-1]


async def _not_found(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(NOT_FOUND)).encode())]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": NOT_FOUND})
