"""Lines of a job's log: rendered with the page, and streamed as they come."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.work import JobEvent
from portal.http.event_stream import BrowserSlot, JobStreamDep
from portal.web.plan_tree import op_of

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


@router.get("/jobs/{job_id}/log", response_class=EventSourceResponse)  # noqa: FAST003  of the stream
async def log_events(stream: JobStreamDep, slot: BrowserSlot) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events with the lines after ``after`` or the header Last-Event-ID; the last one is ``end``."""
    async for event in (stream.events if slot else stream.events_so_far)(_as_line):
        yield event


def _as_line(seq: int, kind: str, data: Mapping[str, Any]) -> tuple[str, Any]:
    return "line", asdict(line(seq, kind, data))
