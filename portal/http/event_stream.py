"""Server-sent events of a job, from where a watcher left off; pages and API name the events in their own words."""

import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.sse import ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from portal import numbers
from portal.errors import InvalidError, PortalError, TooManyError
from portal.http.current_user import CurrentUserDep, PortalDeps, current_user
from portal.http.dependencies import Dependencies
from portal.identity.roles import Actor
from portal.operations.views import JobView

_LOG = logging.getLogger(__name__)
CHECK_SECONDS = 1.0
"""So long a watcher that was looked at is trusted: many of them must not ask the database for each line."""
BROWSER_STREAMS = 4
"""Streams a browser may hold open at once; the rest of its connections are for pages."""
PERSON_STREAMS = 100
"""Streams of the API that a person may hold open at once: each looks into the database every second while its job writes."""
_RETRY_SECONDS = 5
_RETRY_MS = 1000
_PAUSE_MS = 2000
CLOSED = "closed"
"""Status in the event ``end`` of a stream whose watcher may no longer see the job; the job itself may go on."""
Wording = Callable[[int, str, Mapping[str, Any]], tuple[str, Any]]
"""Sequence number, kind and data of an event to the name and the JSON data that go over the wire."""


@dataclass(frozen=True, kw_only=True)
class JobStream:
    """The events of a job for one watcher, who may see it."""

    request: Request
    deps: Dependencies
    job_id: str
    after: int
    """Number of the last event the watcher has."""

    async def events(self, wording: Wording) -> AsyncIterator[ServerSentEvent]:
        """Yield every event until the job's end, then ``end``.

        The watcher's session, account and role are checked with every heartbeat and before every batch of lines.
        """
        yield ServerSentEvent(retry=_RETRY_MS)
        checked = time.monotonic()
        try:
            async for events in self.deps.feed.watch(self.job_id, self.after):
                if await self.request.is_disconnected():
                    return
                if not events or time.monotonic() - checked > CHECK_SECONDS:
                    await run_in_threadpool(self._job)
                    checked = time.monotonic()
                if not events:
                    yield ServerSentEvent(comment="heartbeat")
                for event in events:
                    yield _sent(event, wording)
            yield _end(await run_in_threadpool(self._job))
        except PortalError as error:
            yield _closed(error)
        except SQLAlchemyError as error:
            self._cut(error)

    async def events_so_far(self, wording: Wording) -> AsyncIterator[ServerSentEvent]:
        """Yield the events there are, then ``end``, or ``pause`` and when to ask again."""
        yield ServerSentEvent(retry=_PAUSE_MS)
        try:
            events, ended = await self.deps.feed.so_far(self.job_id, self.after)
            for event in events:
                yield _sent(event, wording)
            if ended:
                yield _end(await run_in_threadpool(self._job))
            else:
                yield ServerSentEvent(event="pause", data={})
        except PortalError as error:
            yield _closed(error)
        except SQLAlchemyError as error:
            self._cut(error)

    def _cut(self, error: SQLAlchemyError) -> None:
        # The watcher comes back by itself, and then reads what is wrong.
        name = type(error).__name__
        _LOG.warning("a stream of job %s was cut: the database does not answer: %s", self.job_id, name)

    def _job(self) -> JobView:
        """Return the job as the sender of the request may see it now.

        Raises:
            PortalError: the session or token ended, the account was closed, or the role in the team was removed.
        """
        return _view(self.deps, current_user(self.request, self.deps).actor, self.job_id)


async def job_stream(
    job_id: str,
    request: Request,
    deps: PortalDeps,
    user: CurrentUserDep,
    after: int = 0,
    last_event_id: Annotated[str, Header()] = "",
) -> JobStream:
    """Return the stream of events above ``after``, or above the header Last-Event-ID where there is one.

    Raises:
        InvalidError: header or ``after`` is not a number this stream has sent.
        NotFoundError: the actor sees no such job.
    """
    start = numbers.whole(last_event_id or str(after))
    if start is None:
        raise InvalidError(f"{'Last-Event-ID' if last_event_id else 'after'}: is not a number this stream has sent")
    await run_in_threadpool(_view, deps, user.actor, job_id)
    return JobStream(request=request, deps=deps, job_id=job_id, after=start)


async def browser_slot(deps: PortalDeps, user: CurrentUserDep) -> AsyncIterator[bool]:
    """Hold one of the streams of pages until its response is sent; yields whether there was one left.

    They are a browser's, or all tokens' of a person. Over HTTP/1.1 a browser has six connections to a host, and each stream
    renders its part again every few seconds: beyond ``BROWSER_STREAMS`` a stream has what there is so far and ``pause``, and is
    requested again.
    """
    with _held(deps.streams, user.sign_in.id if user.sign_in else user.actor.id, BROWSER_STREAMS) as held:
        yield held


async def person_slot(deps: PortalDeps, user: CurrentUserDep) -> AsyncIterator[None]:
    """Hold one of a person's streams of the API until its response is sent.

    Raises:
        TooManyError: all of them are open.
    """
    with _held(deps.streams, f"api:{user.actor.id}", PERSON_STREAMS) as held:
        if not held:
            raise TooManyError(
                f"you have {PERSON_STREAMS} streams of jobs open, the most at once: close one, or try again in "
                f"{_RETRY_SECONDS} s",
                _RETRY_SECONDS,
            )
        yield


@contextmanager
def _held(streams: Counter[str], holder: str, most: int) -> Iterator[bool]:
    """Count a stream while the block runs; yields whether its holder had less than ``most``, otherwise it is not counted."""
    # Decided and counted without a wait in between: a browser may request all its streams at once.
    if streams[holder] >= most:
        yield False
        return
    streams[holder] += 1
    try:
        yield True
    finally:
        streams[holder] -= 1
        if not streams[holder]:
            del streams[holder]


JobStreamDep = Annotated[JobStream, Depends(job_stream)]
BrowserSlot = Annotated[bool, Depends(browser_slot)]
PersonSlot = Depends(person_slot)


def _sent(event: tuple[int, str, Mapping[str, Any]], wording: Wording) -> ServerSentEvent:
    name, data = wording(*event)
    return ServerSentEvent(id=str(event[0]), event=name, data=data)


def _closed(error: PortalError) -> ServerSentEvent:
    return ServerSentEvent(event="end", data={"status": CLOSED, "error": str(error)})


def _end(job: JobView) -> ServerSentEvent:
    return ServerSentEvent(event="end", data={"status": job.status, "error": job.error})


def _view(deps: Dependencies, actor: Actor, job_id: str) -> JobView:
    with deps.read_context(actor) as context:
        job, stack = context.job(job_id)
        return JobView.of(context.session, job, stack)
