"""The log of a job: events of its runs and the portal's own notes, numbered in the order they are stored."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.work import Job, JobEvent
from portal.jobs.feed import Line
from portal.runner.protocol import Event


def append(session: Session, job: Job, event: Event) -> Line:
    """Store an event in a job's log and return it as watchers get it."""
    data = {**event.data, "at": event.at}
    seq = job.next_seq
    at = datetime.fromtimestamp(event.at, tz=UTC)
    session.add(JobEvent(job_id=job.id, seq=seq, at=at, kind=event.kind, data=data))
    job.next_seq = seq + 1
    return (seq, event.kind, data)


def append_note(session: Session, job: Job, text: str) -> Line:
    """Store a line of the portal's own and return it as watchers get it."""
    return append(session, job, Event(at=now().timestamp(), kind="note", data={"text": text}))
