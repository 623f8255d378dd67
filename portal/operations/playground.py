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
from portal.stored_settings import served_name

_SECONDS = 60.0
_MOST_TOKENS = 512
_MOST_BYTES = 4 * 2**20
"""Far more than the tokens asked for need; what is longer comes from no vLLM that honours them."""

_LONGEST_ERROR = 64 * 1024
_LONGEST_REASON = 300


@dataclass(frozen=True, kw_only=True)
class Target:
    """A service to talk to."""

    service_id: str
    team: str
    platform: str
    stack: str
    name: str
    model: str
    """Name that the service itself is called by."""


def target(context: Context, service_id: str) -> Target:
    """The service, if it can be talked to.

    Raises:
        ConflictError: it does not run.
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id, Role.VIEWER)
    if service.status not in {ServiceStatus.RUNNING, ServiceStatus.DEPLOYING} or service.url is None:
        raise ConflictError(f"{service.name} is {service.status}: it cannot answer")
    model = served_name(service.spec, service.name) if service.spec is not None else service.name
    return Target(
        service_id=service.id,
        team=stack.team_id,
        platform=stack.platform,
        stack=stack.name,
        name=service.name,
        model=model,
    )


class ModelRefusalError(ConflictError):
    """The service, or the gateway before it, answered with an error."""

    def __init__(self, name: str, code: int, reason: str) -> None:
        """Keep the HTTP status."""
        super().__init__(f"{name} answered {code}" + (f": {reason}" if reason else ""))
        self.code = code


class PlaygroundClient:
    """Client for questions to models, on the event loop, so that a slow model delays no other request."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._client: httpx.AsyncClient | None = None

    async def ask(self, name: str, model: str, key: Key, message: str) -> str:
        """Return the answer of a service's model.

        Raises:
            ModelRefusalError: it answers with an error.
            ConflictError: it cannot be reached, answers too much, or not within a minute.
        """
        body = {"model": model, "messages": [{"role": "user", "content": message}], "max_tokens": _MOST_TOKENS}
        url = f"{key.url}/v1/chat/completions"
        # Not compressed: a few bytes of it could be any number of bytes here.
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key.value}"} if key.value else {})
        try:
            # The client's own times are between two bytes; an answer that trickles would have no end.
            async with asyncio.timeout(_SECONDS):
                async with self._open().stream("POST", url, json=body, headers=headers) as response:
                    if response.is_error:
                        raise ModelRefusalError(name, response.status_code, await _reason(response))
                    answer = await _body(response, _MOST_BYTES)
                    if answer is None:
                        raise ConflictError(f"{name} answered more than {_MOST_BYTES // 2**20} MiB: request less")
            text = json.loads(answer)["choices"][0]["message"]["content"]
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
            # Of the environment only SSL_CERT_FILE counts, the authority of a gateway's own certificate; no proxy.
            tls = httpx.create_ssl_context(trust_env=True)
            self._client = httpx.AsyncClient(timeout=_SECONDS, trust_env=False, limits=limits, verify=tls)
        return self._client


async def _body(response: httpx.Response, most: int) -> bytes | None:
    """The body as it is sent; None of one of more than ``most`` bytes, whose rest is not read."""
    found = bytearray()
    async for part in response.aiter_raw():
        found += part
        if len(found) > most:
            return None
    return bytes(found)


async def _reason(response: httpx.Response) -> str:
    """The message of an error as OpenAI's API has it, in one line; empty for another body."""
    found = await _body(response, _LONGEST_ERROR)
    if found is None:
        return ""
    try:
        message = json.loads(found)["error"]["message"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return ""
    return " ".join(str(message).split())[:_LONGEST_REASON]
