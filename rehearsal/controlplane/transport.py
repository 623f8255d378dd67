"""How requests reach the API server: TLS, retries while it is being restarted, errors as types, discovery.

An API server that is being restarted refuses connections for a few seconds. Every call therefore waits ``patience``
seconds for it before it gives up with UnreachableError, so that nothing ever takes "no answer" for "not there".
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

import httpx

from rehearsal.controlplane.errors import ApiError, UnknownKindError, UnreachableError
from rehearsal.controlplane.kubeconfig import Kubeconfig

Object = dict[str, Any]

_RETRY_PAUSE = 0.25
_BUSY = frozenset({429, 503, 504})


class LostAnswerError(UnreachableError):
    """A POST went out and its answer did not come back: it may have been carried out."""


@dataclass(frozen=True, kw_only=True)
class ApiResource:
    """Where the objects of one kind are served."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """URL path of the collection, one object or its subresource; no ``namespace`` means all of them."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        parts = [root]
        if self.namespaced and namespace:
            parts.append(f"namespaces/{namespace}")
        parts += [part for part in (self.plural, name, subresource) if part]
        return "/".join(parts)


class Transport:
    """Requests to one API server as one user; safe to share between threads."""

    def __init__(
        self, config: Kubeconfig, *, patience: float = 45.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Open no connection yet.

        Args:
            config: Server and credentials.
            patience: Seconds to wait for an API server that refuses connections or is not ready.
            transport: Stands in for the network in tests.
        """
        self.config = config
        self.patience = patience
        self.http = httpx.Client(
            base_url=config.server,
            verify=config.ssl_context() if transport is None else True,
            timeout=httpx.Timeout(35.0, connect=5.0, pool=None),
            limits=httpx.Limits(max_connections=256, max_keepalive_connections=32),
            transport=transport,
            trust_env=False,
        )
        self._kinds: dict[tuple[str, str], ApiResource] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def resource(self, api_version: str, kind: str) -> ApiResource:
        """Look a kind up by discovery; answers are remembered.

        Raises:
            UnknownKindError: it is not served.
        """
        key = (api_version, kind)
        with self._lock:
            found = self._kinds.get(key)
        if found:
            return found
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listed = self.request("GET", root)["resources"]
        except ApiError as error:
            if error.code == httpx.codes.NOT_FOUND:
                raise UnknownKindError(f"no API {api_version!r} is served for kind {kind!r}") from error
            raise
        kinds = {
            (api_version, entry["kind"]): ApiResource(
                api_version=api_version, kind=entry["kind"], plural=entry["name"], namespaced=entry["namespaced"]
            )
            for entry in listed
            if "/" not in entry["name"]
        }
        with self._lock:
            self._kinds.update(kinds)
        if key not in kinds:
            raise UnknownKindError(f"API {api_version!r} serves no kind {kind!r}")
        return kinds[key]

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Object | list[Object] | None = None,
        params: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        """Send one request to any path and return the JSON answer."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if content is not None else {})
        answer: Object = self.send(method, path, params=params, content=content, headers=headers).json()
        return answer

    def send(
        self, method: str, path: str, *, params: dict[str, str] | None, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        """Send one request, waiting for an API server that is away; the answer is 2xx."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                response = self.http.request(method, path, params=params, content=content, headers=headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                problem: Exception = error
            except httpx.TransportError as error:
                if method == "POST":
                    raise LostAnswerError(f"{self.config.server}: no answer to POST {path}: {error}") from error
                problem = error
            else:
                if not response.is_error:
                    return response
                problem = api_error(response)
                if response.status_code not in _BUSY or path.endswith("/eviction"):
                    raise problem
            if time.monotonic() >= deadline:
                raise UnreachableError(
                    f"Kubernetes API at {self.config.server} does not answer ({problem}); "
                    "is the rehearsal running? see `rehearse status`"
                ) from problem
            time.sleep(_RETRY_PAUSE)


def api_error(response: httpx.Response) -> ApiError:
    """The typed error in a response that is not 2xx."""
    try:
        status = response.json()
    except ValueError:
        status = {"message": response.text.strip()[:500]}
    return ApiError.from_status(response.status_code, status)
