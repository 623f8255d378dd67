"""A job's log as server-sent events: live, in order, and from where a watcher left off."""

from collections.abc import AsyncIterable

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from portal.http.event_stream import JobStreamDep, PersonSlot

router = APIRouter(prefix="/api/v1", tags=["jobs"])


@router.get("/jobs/{job_id}/events", response_class=EventSourceResponse, dependencies=[PersonSlot])  # noqa: FAST003  of the stream
async def events(stream: JobStreamDep) -> AsyncIterable[ServerSentEvent]:
    """The log from the event after ``after`` or the header Last-Event-ID; the last event is ``end``.

    A person has 100 of them open at most.
    """
    async for event in stream.events(lambda _, kind, data: (kind, data)):
        yield event
