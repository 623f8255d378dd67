"""Playground: one question to a deployed model, sent by the portal, so that its API key never leaves it."""

import asyncio
import json
from dataclasses import dataclass

import httpx

from portal.db.states import ServiceStatus
from portal.errors import ConflictError
from portal.identity.roles import Role
from portal.operations.context import Context
from portal.operations.stack_outputs import Key
from settings.validation.kinds import read_service

_SECONDS = 60.0
_MOST_TOKENS = 512
_MOST_BYTES = 4 * 2**20
"""Far more than the tokens asked for need; what is longer comes from no vLLM that honours them."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A service to talk to."""

    service_id: str
    stack: str
    name: str
    model: str


def target(context: Context, service_id: str) -> Target:
    """The service, if it can be talked to.

    Raises:
        ConflictError: it does not run.
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id, Role.VIEWER)
    if service.status not in {ServiceStatus.RUNNING, ServiceStatus.DEPLOYING} or service.url is None:
        raise ConflictError(f"{service.name} is {service.status}: it cannot answer")
    model = read_service(service.spec).served_name(service.name) if service.spec is not None else service.name
    return Target(service_id=service.id, stack=stack.name, name=service.name, model=model)


class PlaygroundClient:
    """Client for questions to models, on the event loop, so that a slow model delays no other request."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._client: httpx.AsyncClient | None = None

    async def ask(self, name: str, model: str, key: Key, message: str) -> str:
        """Return the answer of a service's model.

        Raises:
            ConflictError: it cannot be reached, answers with an error, too much, or not within a minute.
        """
        body = {"model": model, "messages": [{"role": "user", "content": message}], "max_tokens": _MOST_TOKENS}
        url = f"{key.url}/v1/chat/completions"
        # Not compressed: a few bytes of it could be any number of bytes here.
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key.value}"} if key.value else {})
        try:
            # The client's own times are between two bytes; an answer that trickles would have no end.
            async with asyncio.timeout(_SECONDS):
                async with self._open().stream("POST", url, json=body, headers=headers) as response:
                    answer = await _limited(name, response.raise_for_status())
            text = json.loads(answer)["choices"][0]["message"]["content"]
        except httpx.HTTPStatusError as error:
            raise ConflictError(f"{name} answered {error.response.status_code}") from None
        except TimeoutError:
            raise ConflictError(f"{name} did not answer in {_SECONDS:.0f} s: try again, or request less") from None
        except (httpx.HTTPError, KeyError, ValueError, IndexError, TypeError, RecursionError):
            raise ConflictError(f"{name} cannot be reached from the portal, or did not answer") from None
        if not isinstance(text, str):
            # A reasoning model whose thoughts took all the tokens answers null.
            raise ConflictError(f"{name} gave no text within {_MOST_TOKENS} tokens: request less, or call it directly")
        return text

    async def close(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        # One for all: each makes a TLS context when it is made, which takes longer than a page. How many ask at once is
        # limited before.
        if self._client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._client = httpx.AsyncClient(timeout=_SECONDS, trust_env=False, limits=limits)
        return self._client


async def _limited(name: str, response: httpx.Response) -> bytes:
    """The body as it is sent; the rest of one that is too long is not read."""
    found = bytearray()
    async for part in response.aiter_raw():
        found += part
        if len(found) > _MOST_BYTES:
            raise ConflictError(f"{name} answered more than {_MOST_BYTES // 2**20} MiB: request less")
    return bytes(found)
