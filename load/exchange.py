"""One request over HTTP, from sending it to the end of its answer."""

import asyncio
import errno
import itertools
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass

import aiohttp

from load.answer import Answer, Outcome
from load.plan import Plan, Target
from load.stream import EventReader, read_usage

_SHOWN = 200
_MOST_TOKENS = 10**9
"""No answer has more: what a server counts beyond it, or below 0, is no number of tokens."""
_ABORT_EVENTS = (1, 8)
"""An aborted stream is left after that many events."""
_ABORT_SECONDS = (0.0, 0.2)
"""An aborted whole request is left after that many seconds."""
_END_SECONDS = 1.0
"""A body ends that long after its ``[DONE]`` at most, or its connection is closed: it is not part of the answer."""
_REDIRECTS = range(300, 400)
_LOCAL = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL})
"""No further open file in the process or the machine, no further port for a connection to that address."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """What chance decided for one request."""

    stream: bool
    abort_events: int | None
    """Leave a stream after so many events; None: do not."""
    abort_seconds: float | None
    """Leave a whole request after so many seconds; None: do not."""


def draw(plan: Plan, chance: random.Random) -> Draw:
    """Decide whether the next request is a stream and whether the client leaves it."""
    stream, abort = chance.random() < plan.stream_share, chance.random() < plan.abort_share
    events, seconds = chance.randint(*_ABORT_EVENTS), chance.uniform(*_ABORT_SECONDS)
    return Draw(
        stream=stream,
        abort_events=events if abort and stream else None,
        abort_seconds=seconds if abort and not stream else None,
    )


class Exchange:
    """Sends the requests of a plan over one session."""

    def __init__(self, plan: Plan, session: aiohttp.ClientSession, started: float) -> None:
        self._plan = plan
        self._session = session
        self._started = started
        self._bodies: dict[tuple[str, bool, str], bytes] = {}
        self._prompts = itertools.cycle(plan.prompts or (plan.prompt,))

    async def send(self, target: Target, drawn: Draw, scheduled: float) -> Answer:
        """Send one request; its failure is in the answer, nothing is raised."""
        answer = Answer(scheduled=scheduled, stream=drawn.stream)
        answer.late = max(0.0, self._now() - scheduled)
        try:
            async with asyncio.timeout(drawn.abort_seconds):
                await self._exchange(target, drawn, answer)
        except TimeoutError:
            # aiohttp's own time limits are a ClientError too and are handled below.
            answer.outcome = Outcome.ABORTED
        answer.latency = answer.latency or self._now() - scheduled
        return answer

    async def _exchange(self, target: Target, drawn: Draw, answer: Answer) -> None:
        headers = {"Content-Type": "application/json", **self._plan.headers}
        if target.key:
            headers["Authorization"] = f"Bearer {target.key}"
        try:
            async with self._session.post(
                f"{target.url}/v1/chat/completions",
                data=self._body(target.model, next(self._prompts), stream=drawn.stream),
                headers=headers,
                # A redirected POST becomes a GET, whose refusal says nothing.
                allow_redirects=False,
            ) as response:
                answer.status = response.status
                answer.request_id = response.headers.get("x-request-id", "")
                if response.status != 200:
                    answer.retry_after = response.headers.get("Retry-After", "")
                    answer.error = _refusal(response, await response.read())
                elif drawn.stream:
                    await self._stream(response, drawn, answer)
                else:
                    self._whole(await response.read(), answer)
        except (aiohttp.ClientError, OSError) as error:
            answer.outcome = Outcome.BROKEN if answer.status == 200 else Outcome.FAILED
            answer.timed_out = isinstance(error, TimeoutError)
            answer.local = isinstance(error, OSError) and error.errno in _LOCAL
            answer.error = f"{type(error).__name__}: {error}"[:_SHOWN]

    async def _stream(self, response: aiohttp.ClientResponse, drawn: Draw, answer: Answer) -> None:
        reader = EventReader()
        try:
            async for data in response.content.iter_any():
                reader.feed(data)
                self._mark(reader, answer)
                if drawn.abort_events is not None and reader.events >= drawn.abort_events and not reader.done:
                    # Closes the connection; leaving the block alone would read on, to use the connection again.
                    response.close()
                    answer.outcome = Outcome.ABORTED
                    return
                if reader.done:
                    break
            reader.finish()
            self._mark(reader, answer)
        finally:
            answer.events = reader.events
            _count(reader.usage(), answer)
        if reader.done:
            answer.latency = self._now() - answer.scheduled
            await _read_on(response)
        whole = reader.done and reader.events and not reader.error
        answer.outcome = Outcome.OK if whole else Outcome.BROKEN
        if reader.error:
            answer.error = _said(reader.error)
        elif not reader.done and not reader.events:
            answer.error = f"no stream of events but a body of {response.content_type}"
        elif not reader.done:
            answer.error = "the stream ended without [DONE]"
        elif not reader.events:
            answer.error = "the stream has [DONE] alone, and no event"

    def _mark(self, reader: EventReader, answer: Answer) -> None:
        """Note when the first event came, and in its place when the first part of the answer did.

        Bytes alone are no event: proxies and servers send comments to keep a connection.
        """
        if reader.events and (answer.first_token is None or (reader.spoken and not answer.spoken)):
            answer.first_token = self._now() - answer.scheduled
            answer.spoken = reader.spoken

    @staticmethod
    def _whole(body: bytes, answer: Answer) -> None:
        try:
            choices = json.loads(body)["choices"]
        except (ValueError, KeyError, TypeError, RecursionError):
            choices = None
        answer.outcome = Outcome.OK if choices else Outcome.BROKEN
        if not choices:
            answer.error = f"no choices in the answer: {_said(body)}"
        _count(read_usage(body), answer)

    def _body(self, model: str, prompt: str, *, stream: bool) -> bytes:
        found = self._bodies.get((model, stream, prompt))
        if found is None:
            messages = [{"role": "user", "content": prompt}]
            said = {"model": model, "messages": messages, "max_tokens": self._plan.max_tokens, "stream": stream}
            found = self._bodies[model, stream, prompt] = json.dumps(said | dict(self._plan.body)).encode()
        return found

    def _now(self) -> float:
        return time.monotonic() - self._started


def _count(usage: dict[str, object], answer: Answer) -> None:
    for name in ("prompt_tokens", "completion_tokens"):
        value = usage.get(name)
        known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
        setattr(answer, name, value if known else 0)


async def _read_on(response: aiohttp.ClientResponse) -> None:
    """Read what follows the end of an answer, so that its connection can be used again; close it where that takes long."""
    with suppress(aiohttp.ClientError, OSError):
        async with asyncio.timeout(_END_SECONDS):
            async for _ in response.content.iter_any():
                pass
            return
    response.close()


def _refusal(response: aiohttp.ClientResponse, body: bytes) -> str:
    """Why a request was refused: where it is redirected to, or what the body says, else HTTP's reason."""
    if response.status in _REDIRECTS and (place := response.headers.get("Location")):
        return f"redirects to {place}: send to that address"[:_SHOWN]
    return _said(body) or response.reason or "no text"


def _said(body: bytes) -> str:
    """Code and message of an OpenAI error body, else its beginning."""
    text = body.decode(errors="replace")
    try:
        said = json.loads(text)
        error = said["error"] if isinstance(said.get("error"), dict) else said
        text = f"{error.get('code') or error.get('type')}: {error['message']}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return " ".join(text.split())[:_SHOWN]
