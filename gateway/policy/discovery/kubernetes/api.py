"""Kubernetes API as a pod reaches it: list, watch and get over HTTPS with the ServiceAccount's token.

The whole of what is needed is below; a client library would add megabytes of models to the pod's archive.
"""

import json
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet puts token and CA
(https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api)."""
WATCH_SECONDS = 240
"""How long one watch lasts; then it goes on with another connection and, where it was rotated, another token."""
_PAGE = 500
_KEEP_ALIVE = (
    # An API server that vanished sends no reset: without this a watch of it would wait for events until its time is over.
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
Json = dict[str, Any]


class GoneError(Exception):
    """The resource version is too old to watch from: list again."""


class KubernetesApi:
    """The API of the cluster."""

    def __init__(self, url: str, token: Path, context: ssl.SSLContext | None = None) -> None:
        """Use the API at `url`; the token is read for each call, since the kubelet rotates it."""
        self._token = token
        timeout = httpx.Timeout(10, read=WATCH_SECONDS + 30)
        transport = httpx.AsyncHTTPTransport(verify=context or True, socket_options=_KEEP_ALIVE)
        self._client = httpx.AsyncClient(base_url=url, transport=transport, timeout=timeout, trust_env=False)

    @classmethod
    def of_pod(cls, account: Path = ACCOUNT) -> "KubernetesApi":
        """The API of the cluster that this pod runs in.

        Raises:
            OSError: this is no pod, or it has no ServiceAccount token.
        """
        host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        if not host:
            raise OSError("KUBERNETES_SERVICE_HOST is not set: discovery in Kubernetes works in a pod only")
        shown = f"[{host}]" if ":" in host else host
        context = ssl.create_default_context(cafile=str(account / "ca.crt"))
        return cls(f"https://{shown}:{port}", account / "token", context)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def get(self, path: str) -> Json:
        """One object.

        Raises:
            httpx.HTTPError: the API does not answer, or refuses.
            OSError: the token cannot be read.
        """
        answer = await self._client.get(path, headers=self._headers(), timeout=10)
        answer.raise_for_status()
        return _object(answer.content)

    async def list(self, path: str, selector: str) -> tuple[list[Json], str]:
        """The objects with labels that `selector` names, and the resource version of the list.

        Raises:
            httpx.HTTPError: the API does not answer, or refuses.
            OSError: the token cannot be read.
        """
        found: list[Json] = []
        query = {"labelSelector": selector, "limit": str(_PAGE)}
        while True:
            answer = await self._client.get(path, params=query, headers=self._headers(), timeout=30)
            answer.raise_for_status()
            page = _object(answer.content)
            found += page["items"]
            if not page["metadata"].get("continue"):
                return found, page["metadata"]["resourceVersion"]
            query["continue"] = page["metadata"]["continue"]

    async def watch(self, path: str, selector: str, version: str) -> AsyncIterator[tuple[str, Json]]:
        """What changes after a resource version: the kind of each event and its object, until the API ends the watch.

        Raises:
            GoneError: the version is too old.
            httpx.HTTPError: the API does not answer, or refuses.
            OSError: the token cannot be read.
        """
        query = {
            "labelSelector": selector,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        async with self._client.stream("GET", path, params=query, headers=self._headers()) as answer:
            if answer.status_code == 410:
                raise GoneError
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                event = _object(line)
                kind, found = event["type"], event["object"]
                if kind == "ERROR":
                    if found.get("code") == 410:
                        raise GoneError
                    raise httpx.ReadError(f"the watch of {path} failed: {found.get('message')}")
                yield kind, found

    def _headers(self) -> dict[str, str]:
        token = self._token.read_text(encoding="utf-8").strip()
        return {"authorization": f"Bearer {token}", "accept": "application/json"}


def _object(text: str | bytes) -> Json:
    """A JSON object of the API; one that is cut off is as if the connection had ended.

    Raises:
        httpx.ReadError: it is not one.
    """
    try:
        found = json.loads(text)
    except ValueError:
        raise httpx.ReadError("the Kubernetes API sent what is not JSON") from None
    if not isinstance(found, dict):
        raise httpx.ReadError("the Kubernetes API sent what is not an object")
    return found
