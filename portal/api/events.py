"""A job's log as server-sent events: live, in order, and from where a watcher left off."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from portal.http.current_user import PortalDeps, Reader
from portal.http.event_stream import job_stream

router = APIRouter(prefix="/api/v1", tags=["jobs"])


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(
    job_id: str,
    request: Request,
    deps: PortalDeps,
    actor: Reader,
    after: int = 0,
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    """The log from the event after ``after`` or the header Last-Event-ID; the last event is ``end``."""
    return await job_stream(
        request,
        deps,
        actor,
        job_id,
        after=after,
        last_event_id=last_event_id,
        tell=lambda _, kind, data: (kind, data),
    )
