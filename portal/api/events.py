"""A job's log as server-sent events: live, in order, and from where a watcher left off."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from portal.errors import InvalidError
from portal.identity.current import PartsDep, Reader
from portal.identity.roles import Actor
from portal.operations.views import JobView
from portal.parts import Parts

router = APIRouter(prefix="/api/v1", tags=["jobs"])


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(
    job_id: str,
    request: Request,
    parts: PartsDep,
    actor: Reader,
    after: int = 0,
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    """The log from the event after ``after`` or the header Last-Event-ID; the last event is ``end``."""
    if last_event_id and not last_event_id.isdecimal():
        raise InvalidError("Last-Event-ID: is not a number this stream has sent")
    begin = int(last_event_id) if last_event_id else after
    await run_in_threadpool(_view, parts, actor, job_id)
    return StreamingResponse(_stream(request, parts, actor, job_id, begin), media_type="text/event-stream")


async def _stream(request: Request, parts: Parts, actor: Actor, job_id: str, after: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for line in parts.feed.watch(job_id, after):
        if await request.is_disconnected():
            return
        if line is None:
            yield ": still here\n\n"
            continue
        seq, kind, data = line
        yield f"id: {seq}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
    job = await run_in_threadpool(_view, parts, actor, job_id)
    yield f"event: end\ndata: {json.dumps({'status': job.status, 'error': job.error})}\n\n"


def _view(parts: Parts, actor: Actor, job_id: str) -> JobView:
    with parts.looking(actor) as context:
        job, stack = context.job(job_id)
        return JobView.of(context.session, job, stack)
