"""Feed of new job events from the jobs' thread to watchers, without a query for each."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal.db.engine import Database
from portal.db.states import ACTIVE_JOBS
from portal.db.work import Job, JobEvent

Line = tuple[int, str, dict[str, Any]]
"""Sequence number, kind, data (with ``at``, seconds since 1970)."""
HEARTBEAT_SECONDS = 5.0
"""So long a watcher hears nothing; then it may look whether it should go on."""
_LOOK_SECONDS = 1.0
"""Between two looks into the database, while another portal works on the jobs."""


@dataclass
class _Channel:
    lines: list[Line] = field(default_factory=list)
    watchers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=set)


class Feed:
    """Events of running jobs, in memory; the database has them all, and first."""

    def __init__(self, database: Database) -> None:
        """Read what is older from ``database``."""
        self._database = database
        self._channels: dict[str, _Channel] = {}
        self._lock = threading.Lock()
        self._published_here = True

    def publishes(self, *, here: bool) -> None:
        """Note whether jobs are worked on here, so that events are published, or by another portal of the database."""
        if here == self._published_here:
            return
        with self._lock:
            self._published_here = here
            for channel in self._channels.values():
                # What is in memory may end before what the other portal stored.
                channel.lines.clear()

    def publish(self, job_id: str, lines: list[Line], *, ended: bool) -> None:
        """Hand out what was just committed."""
        with self._lock:
            channel = self._channels.setdefault(job_id, _Channel())
            channel.lines.extend(lines)
            watchers = list(channel.watchers)
            if ended:
                del self._channels[job_id]
        for loop, woken in watchers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)

    async def so_far(self, job_id: str, after: int) -> tuple[list[Line], bool]:
        """The events there are above ``after``, in order, and whether the job ended with them."""
        in_memory = self._in_memory(job_id, after)
        if in_memory is not None:
            return in_memory, False
        return await asyncio.to_thread(self._in_database, job_id, after)

    async def watch(self, job_id: str, after: int) -> AsyncIterator[list[Line]]:
        """Every event of a job with a number above ``after``, in order, until the job ended; no line is a heartbeat."""
        watcher = (asyncio.get_running_loop(), asyncio.Event())
        silent = 0.0
        with self._lock:
            self._channels.setdefault(job_id, _Channel()).watchers.add(watcher)
        try:
            while True:
                watcher[1].clear()
                lines, ended = await self.so_far(job_id, after)
                if lines:
                    after = lines[-1][0]
                    yield lines
                if ended:
                    return
                silent = 0.0 if lines else silent
                wait = HEARTBEAT_SECONDS if self._published_here else _LOOK_SECONDS
                try:
                    await asyncio.wait_for(watcher[1].wait(), wait)
                except TimeoutError:
                    silent += wait
                    if silent >= HEARTBEAT_SECONDS:
                        silent = 0.0
                        yield []
        finally:
            with self._lock:
                if (channel := self._channels.get(job_id)) is not None:
                    channel.watchers.discard(watcher)
                    if not channel.watchers and not channel.lines:
                        del self._channels[job_id]

    def _in_memory(self, job_id: str, after: int) -> list[Line] | None:
        """The events above ``after``, if memory is sure to have all of them."""
        with self._lock:
            channel = self._channels.get(job_id)
            if channel is None or not channel.lines or channel.lines[0][0] > after + 1:
                return None
            return channel.lines[after + 1 - channel.lines[0][0] :]

    def _in_database(self, job_id: str, after: int) -> tuple[list[Line], bool]:
        with self._database.reading() as session:
            job = session.get_one(Job, job_id)
            query = select(JobEvent).where(JobEvent.job_id == job_id, JobEvent.seq > after).order_by(JobEvent.seq)
            found = [(event.seq, event.kind, event.data) for event in session.scalars(query)]
            return found, job.status not in ACTIVE_JOBS
