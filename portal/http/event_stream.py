"""A job's events as server-sent events, from where a watcher left off; pages and API say them in their own words."""

import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from portal import numbers
from portal.errors import InvalidError, PortalError
from portal.http.current_user import current_user
from portal.http.dependencies import Dependencies
from portal.identity.roles import Actor
from portal.jobs.feed import Line
from portal.operations.views import JobView

_LOG = logging.getLogger(__name__)
CHECK_SECONDS = 1.0
"""So long a watcher that was looked at is trusted: many of them must not ask the database for each line."""
BROWSER_STREAMS = 4
"""Streams a browser may hold open at once; the rest of its connections are for pages."""
_AGAIN_MS = 2000
CLOSED = "closed"
"""Status in the event ``end`` of a stream whose watcher may no longer see the job; the job itself may go on."""
Tell = Callable[[int, str, Mapping[str, Any]], tuple[str, Any]]
"""Sequence number, kind and data of an event to the name and the JSON data that go over the wire."""


async def job_stream(
    request: Request,
    deps: Dependencies,
    actor: Actor,
    job_id: str,
    *,
    after: int,
    last_event_id: str,
    tell: Tell,
    browser: str | None = None,
) -> StreamingResponse:
    """The events after ``after``, or after the header Last-Event-ID where there is one; the last event is ``end``.

    Args:
        request: What the watcher sent; it is looked at again while the stream lasts.
        deps: The portal's dependencies.
        actor: Who watches.
        job_id: What is watched.
        after: Number of the last event the watcher has.
        last_event_id: The header, which comes first.
        tell: The events' words.
        browser: The session whose open streams are counted. Over HTTP/1.1 a browser has six connections to a host:
            beyond ``BROWSER_STREAMS`` a stream says what there is, then ``pause``, and is asked for again.

    Raises:
        InvalidError: header or ``after`` is not a number this stream has sent.
        NotFoundError: the actor sees no such job.
    """
    begin = numbers.whole(last_event_id or str(after))
    if begin is None:
        raise InvalidError(f"{'Last-Event-ID' if last_event_id else 'after'}: is not a number this stream has sent")
    await run_in_threadpool(_view, deps, actor, job_id)
    made = _stream(request, deps, job_id, begin, tell)
    if browser is not None:
        made = _limited(made, _brief(request, deps, job_id, begin, tell), deps.streams, browser)
    return StreamingResponse(made, media_type="text/event-stream")


async def _limited(
    stream: AsyncIterator[str], brief: AsyncIterator[str], open_streams: Counter[str], browser: str
) -> AsyncIterator[str]:
    """``stream``, or ``brief`` where the browser holds its number; decided and counted without a wait in between."""
    if open_streams[browser] >= BROWSER_STREAMS:
        async for text in brief:
            yield text
        return
    open_streams[browser] += 1
    try:
        async for text in stream:
            yield text
    finally:
        open_streams[browser] -= 1
        if not open_streams[browser]:
            del open_streams[browser]


async def _brief(request: Request, deps: Dependencies, job_id: str, after: int, tell: Tell) -> AsyncIterator[str]:
    """What there is, and when to ask again."""
    yield f"retry: {_AGAIN_MS}\n\n"
    events, ended = await deps.feed.so_far(job_id, after)
    for event in events:
        yield _event(event, tell)
    if ended:
        job = await run_in_threadpool(_still, request, deps, job_id)
        yield _end(job.status, job.error)
    else:
        yield "event: pause\ndata: {}\n\n"


async def _stream(request: Request, deps: Dependencies, job_id: str, after: int, tell: Tell) -> AsyncIterator[str]:
    """What goes over the wire; who watches is looked at again with every heartbeat and before every batch of lines."""
    yield "retry: 1000\n\n"
    looked = time.monotonic()
    try:
        async for events in deps.feed.watch(job_id, after):
            if await request.is_disconnected():
                return
            if not events or time.monotonic() - looked > CHECK_SECONDS:
                await run_in_threadpool(_still, request, deps, job_id)
                looked = time.monotonic()
            if not events:
                yield ": still here\n\n"
            for event in events:
                yield _event(event, tell)
        job = await run_in_threadpool(_still, request, deps, job_id)
        yield _end(job.status, job.error)
    except PortalError as error:
        yield _end(CLOSED, str(error))
    except SQLAlchemyError as error:
        # Whoever watches comes back by itself, and is then told what is wrong.
        _LOG.warning("a stream of job %s was cut: the database does not answer: %s", job_id, type(error).__name__)


def _event(event: Line, tell: Tell) -> str:
    name, data = tell(*event)
    return f"id: {event[0]}\nevent: {name}\ndata: {json.dumps(data)}\n\n"


def _end(status: str, error: str | None) -> str:
    return f"event: end\ndata: {json.dumps({'status': status, 'error': error})}\n\n"


def _still(request: Request, deps: Dependencies, job_id: str) -> JobView:
    """The job, as whoever sent the request may see it now.

    Raises:
        PortalError: the session or token ended, the account was closed, or the role in the team is gone.
    """
    return _view(deps, current_user(request, deps).actor, job_id)


def _view(deps: Dependencies, actor: Actor, job_id: str) -> JobView:
    with deps.read_context(actor) as context:
        job, stack = context.job(job_id)
        return JobView.of(context.session, job, stack)
