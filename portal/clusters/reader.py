"""Reads of a cluster's API server: lists, page by page, and what a Service answers through its proxy; nothing else."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import httpx

from portal import bounded
from portal.bounded import TooLargeAnswerError
from workspace.kubeconfig import Access, ClusterError, Token

SECONDS: Final = 3.0
"""Longest wait for one answer."""
_PAGE: Final = 500
_MOST_PAGES: Final = 20
_NOT_SIGNED_IN, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_T = TypeVar("_T")


class ProxiedError(Exception):
    """A Service does not answer through the API server's proxy as it should; the message is one line."""


class TooLargeProxiedError(ProxiedError):
    """It answers, with more than is read."""


class Reader:
    """One API server."""

    def __init__(self, access: Access, environment: Mapping[str, str]) -> None:
        """Connect to nothing yet.

        Args:
            access: Where it is, and what is shown to it.
            environment: Of the command that makes tokens.

        Raises:
            ClusterError: a certificate cannot be read.
        """
        self._access = access
        self._environment = environment
        self._token: Token | None = None
        self._client = httpx.Client(
            base_url=access.server, verify=access.verification(), timeout=SECONDS, trust_env=False
        )

    def items(self, path: str, what: str, *, optional: bool = False, **query: str) -> list[dict[str, Any]]:
        """Return every object of a list.

        Args:
            path: Of the collection.
            what: What it has, for messages.
            optional: Whether a cluster without this API has none of them.
            query: Selectors.

        Raises:
            ClusterError: the server cannot be reached, refuses, or answers something else.
        """
        found: list[dict[str, Any]] = []
        token = ""
        for _ in range(_MOST_PAGES):
            more = {"continue": token} if token else {}
            answer = self._get(path, what, {**query, "limit": str(_PAGE), **more})
            if answer.status_code == _NOT_FOUND and optional:
                return []
            if answer.is_error:
                raise ClusterError(f"the cluster's API answered {answer.status_code} for {what}")
            try:
                body = answer.json()
                found += body.get("items") or []
                token = (body.get("metadata") or {}).get("continue") or ""
            except (ValueError, AttributeError, TypeError):
                raise ClusterError(f"the cluster's API answered no list of {what}") from None
            if not token:
                break
        return [one for one in found if isinstance(one, dict)]

    def proxied(self, path: str, what: str, query: Mapping[str, str], *, most_bytes: int) -> tuple[int, bytes]:
        """Return status and body of what a Service answers through the API server's proxy.

        Args:
            path: Below the API server's address, with the Service.
            what: What answers, for messages.
            query: Parameters.
            most_bytes: Largest body.

        Raises:
            ClusterError: the API server cannot be reached, or refuses the portal's credentials.
            ProxiedError: the answer is too late or too large.
        """

        def get() -> tuple[int, bytes]:
            headers = self._headers() | {"Accept-Encoding": "identity"}
            return bounded.answer(
                self._client, "GET", path, seconds=SECONDS, most_bytes=most_bytes, params=dict(query), headers=headers
            )

        try:
            return self._signed_in(get, lambda found: found[0])
        except httpx.ReadTimeout:
            raise ProxiedError(f"{what} did not answer in {SECONDS:.0f} s") from None
        except TooLargeAnswerError:
            raise TooLargeProxiedError(f"{what} answered more than {most_bytes // 1024} KiB") from None
        except httpx.HTTPError as error:
            raise _unreachable(error) from None

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _get(self, path: str, what: str, query: Mapping[str, str]) -> httpx.Response:
        try:
            answer = self._signed_in(
                lambda: self._client.get(path, params=dict(query), headers=self._headers()),
                lambda found: found.status_code,
            )
        except httpx.TimeoutException:
            raise ClusterError(f"the cluster's API did not answer in {SECONDS:.0f} s") from None
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        if answer.status_code == _FORBIDDEN:
            raise ClusterError(f"the portal may not list {what} in the cluster")
        return answer

    def _signed_in(self, get: Callable[[], _T], status: Callable[[_T], int]) -> _T:
        """Send a request, and once more with a new token where the last one is not accepted any more."""
        found = get()
        if status(found) == _NOT_SIGNED_IN and self._access.command is not None:
            self._token = None
            found = get()
        if status(found) == _NOT_SIGNED_IN:
            raise ClusterError("the cluster does not accept the portal's credentials")
        return found

    def _headers(self) -> dict[str, str]:
        if self._access.command is not None and (self._token is None or not self._token.fresh):
            self._token = self._access.sign_in(self._environment)
        value = self._token.value if self._token else self._access.token
        return {"Accept": "application/json"} | ({"Authorization": f"Bearer {value}"} if value else {})


def _unreachable(error: httpx.HTTPError) -> ClusterError:
    return ClusterError(f"the cluster's API cannot be reached from the portal ({type(error).__name__})")
