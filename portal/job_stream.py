"""A job's events as server-sent events, from where a watcher left off; pages and API say them in their own words."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from portal import numbers
from portal.errors import InvalidError
from portal.identity.roles import Actor
from portal.operations.views import JobView
from portal.parts import Parts

Tell = Callable[[int, str, Mapping[str, Any]], tuple[str, Any]]
"""Sequence number, kind and data of an event to the name and the JSON data that go over the wire."""


async def job_stream(
    request: Request, parts: Parts, actor: Actor, job_id: str, *, after: int, last_event_id: str, tell: Tell
) -> StreamingResponse:
    """The events after ``after``, or after the header Last-Event-ID where there is one; the last event is ``end``.

    Raises:
        InvalidError: header or ``after`` is not a number this stream has sent.
        NotFoundError: the actor sees no such job.
    """
    begin = numbers.whole(last_event_id or str(after))
    if begin is None:
        raise InvalidError(f"{'Last-Event-ID' if last_event_id else 'after'}: is not a number this stream has sent")
    await run_in_threadpool(_view, parts, actor, job_id)
    return StreamingResponse(_stream(request, parts, actor, job_id, begin, tell), media_type="text/event-stream")


async def _stream(
    request: Request, parts: Parts, actor: Actor, job_id: str, after: int, tell: Tell
) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for event in parts.feed.watch(job_id, after):
        if await request.is_disconnected():
            return
        if event is None:
            yield ": still here\n\n"
            continue
        name, data = tell(*event)
        yield f"id: {event[0]}\nevent: {name}\ndata: {json.dumps(data)}\n\n"
    job = await run_in_threadpool(_view, parts, actor, job_id)
    yield f"event: end\ndata: {json.dumps({'status': job.status, 'error': job.error})}\n\n"


def _view(parts: Parts, actor: Actor, job_id: str) -> JobView:
    with parts.looking(actor) as context:
        job, stack = context.job(job_id)
        return JobView.of(context.session, job, stack)
