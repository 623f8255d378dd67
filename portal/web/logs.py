"""A job's events as lines people read: on the page as it is made, and as they come."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from portal.db.work import JobEvent
from portal.errors import InvalidError
from portal.identity.current import PartsDep, SignedDep
from portal.identity.roles import Actor
from portal.operations.views import JobView
from portal.parts import Parts
from portal.web.tree import op_of

router = APIRouter()
_MOST_LINES = 2000
_PHASES = {"begin": "…", "done": "✓", "failed": "✗"}


@dataclass(frozen=True)
class Line:
    """One line of a log."""

    seq: int
    time: str
    """Hours, minutes and seconds, UTC."""
    kind: str
    """Classes for the stylesheet."""
    text: str
    done: bool
    """Whether a resource is done with it."""


def line(seq: int, kind: str, data: Mapping[str, Any]) -> Line:
    """An event as people read it."""
    at = datetime.fromtimestamp(float(data.get("at", 0.0)), tz=UTC).strftime("%H:%M:%S")
    match kind:
        case "resource":
            phase = str(data["phase"])
            text = f"{_PHASES.get(phase, '·')} {op_of(data['op']).word} {data['name']} ({data['type']})"
            return Line(seq, at, f"resource {phase}", text, phase == "done")
        case "message":
            where = f"{data['resource']}: " if data.get("resource") else ""
            return Line(
                seq, at, f"message {data['severity']}", f"{data['severity']}: {where}{data['text']}", done=False
            )
        case "policy":
            text = f"{data['level']} guardrail {data['policy']}: {data['message']}"
            return Line(seq, at, f"policy {data['level']}", text, done=False)
        case "summary":
            listed = ", ".join(f"{count} {op_of(op).word}" for op, count in data["changes"].items())
            return Line(seq, at, "summary", f"{listed or 'nothing'} in {data['seconds']} s", done=False)
        case _:
            return Line(seq, at, "said", str(data.get("text", "")), done=False)


def lines(session: Session, job_id: str) -> list[Line]:
    """A job's log so far; of a very long one its end."""
    query = select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.seq.desc()).limit(_MOST_LINES)
    return [line(event.seq, event.kind, event.data) for event in reversed(session.scalars(query).all())]


@router.get("/jobs/{job_id}/log")
async def stream(
    job_id: str,
    request: Request,
    parts: PartsDep,
    signed: SignedDep,
    after: int = 0,
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    """Server-sent events with the lines after ``after`` or the header Last-Event-ID; the last one is ``end``."""
    if last_event_id and not last_event_id.isdecimal():
        raise InvalidError("Last-Event-ID: is not a number this stream has sent")
    await run_in_threadpool(_view, parts, signed.actor, job_id)
    begin = int(last_event_id) if last_event_id else after
    return StreamingResponse(_events(request, parts, signed.actor, job_id, begin), media_type="text/event-stream")


async def _events(request: Request, parts: Parts, actor: Actor, job_id: str, after: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for event in parts.feed.watch(job_id, after):
        if await request.is_disconnected():
            return
        if event is None:
            yield ": still here\n\n"
            continue
        yield f"id: {event[0]}\nevent: line\ndata: {json.dumps(asdict(line(*event)))}\n\n"
    job = await run_in_threadpool(_view, parts, actor, job_id)
    yield f"event: end\ndata: {json.dumps({'status': job.status, 'error': job.error})}\n\n"


def _view(parts: Parts, actor: Actor, job_id: str) -> JobView:
    with parts.looking(actor) as context:
        job, stack = context.job(job_id)
        return JobView.of(context.session, job, stack)
