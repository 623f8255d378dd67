"""The Kubernetes API for one event loop: the paths the agent needs, and nothing that would block."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Self

import httpx

from rehearsal.controlplane.errors import ApiError, UnreachableError
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.controlplane.transport import api_error

Object = dict[str, Any]

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
AT_ONCE = 16
"""Requests at once, watches not counted: as many as the client keeps idle connections, since each further connection would begin
with a handshake of TLS, and hundreds of those at once do not end within the time for one."""
_WATCH_SECONDS = 240


class Api:
    """An asynchronous client; errors are those of the control plane's client."""

    def __init__(self, config: Kubeconfig) -> None:
        self._server = config.server
        self._http = httpx.AsyncClient(
            base_url=config.server,
            verify=config.ssl_context(),
            # To connect as well: a busy machine does not end its handshakes sooner, and a server that is away refuses at once.
            timeout=httpx.Timeout(15.0, pool=None),
            # A watch holds a connection as long as it lasts.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=AT_ONCE),
            trust_env=False,
        )
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> Self:
        """Use as a context manager."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, **params: str) -> Object:
        """GET an object or a list."""
        return await self._request("GET", path, params=params)

    async def create(self, path: str, obj: Object) -> Object:
        """POST to a collection or a subresource."""
        return await self._request("POST", path, body=obj)

    async def patch(self, path: str, patch: Object, kind: str = MERGE) -> Object:
        """PATCH an object or its status."""
        return await self._request("PATCH", path, body=patch, content_type=kind)

    async def delete(self, path: str, options: Object | None = None) -> Object:
        """DELETE an object."""
        return await self._request("DELETE", path, body=options or {})

    async def watch(self, path: str, version: str, selector: str = "") -> AsyncIterator[tuple[str, Object]]:
        """Events since a resourceVersion, until the API server ends the watch."""
        params = {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": version}
        params["timeoutSeconds"] = str(_WATCH_SECONDS)
        if selector:
            params["fieldSelector"] = selector
        limit = httpx.Timeout(_WATCH_SECONDS + 30.0, connect=15.0)
        try:
            async with self._http.stream("GET", path, params=params, timeout=limit) as response:
                if response.is_error:
                    await response.aread()
                    raise api_error(response)
                async for line in response.aiter_lines():
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise ApiError.from_event(event["object"])
                    yield event["type"], event["object"]
        except httpx.TransportError as error:
            raise UnreachableError(f"{self._server}: watch of {path} broke off: {error}") from error

    async def _request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if content is not None else {}
        try:
            async with self._turn:
                response = await self._http.request(method, path, params=params, content=content, headers=headers)
        except httpx.TransportError as error:
            raise UnreachableError(f"{self._server}: {method} {path}: {error!r}") from error
        if response.is_error:
            raise api_error(response)
        answer: Object = response.json()
        return answer


def object_path(obj: Object, plural: str, subresource: str = "") -> str:
    """Path of an object of the core API."""
    meta = obj["metadata"]
    space = f"namespaces/{meta['namespace']}/" if meta.get("namespace") else ""
    return f"/api/v1/{space}{plural}/{meta['name']}" + (f"/{subresource}" if subresource else "")
