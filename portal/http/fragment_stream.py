"""A part of a page as server-sent events: rendered again every few seconds, and sent when it differs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Self

from fastapi import Request
from fastapi.sse import ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from portal.errors import PortalError
from portal.http.current_user import CurrentUser, current_user
from portal.http.dependencies import Dependencies
from portal.http.event_stream import CLOSED

_LOG = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
_RETRY_MS = 2000
_SILENT_LOOKS = 5
"""Looks without a difference after which a comment shows that the connection lives."""
Render = Callable[[CurrentUser], str]
"""The part of the page as the user may see it; raises a PortalError when the user may not any more."""


@dataclass(frozen=True, kw_only=True)
class FragmentStream:
    """A part of a page for one watcher."""

    request: Request
    deps: Dependencies
    render: Render
    seconds: float = LOOK_SECONDS
    """Between two looks."""

    async def checked(self, user: CurrentUser) -> Self:
        """Return the stream, for a user who may see it: a refusal is answered as one, before any event."""
        await run_in_threadpool(self.render, user)
        return self

    async def events(self, *, once: bool = False) -> AsyncIterator[ServerSentEvent]:
        """Yield ``fragment`` whenever the part differs from what was sent, until the watcher goes or may not see it.

        The watcher's session, account and role are checked at every look.

        Args:
            once: Send it once and then ``pause``, for a browser that has all its streams.
        """
        yield ServerSentEvent(retry=_RETRY_MS)
        sent, silent = None, 0
        try:
            while not await self.request.is_disconnected():
                found = await run_in_threadpool(self._look)
                if found != sent:
                    yield ServerSentEvent(event="fragment", data={"html": found})
                    sent, silent = found, 0
                elif silent >= _SILENT_LOOKS:
                    yield ServerSentEvent(comment="heartbeat")
                    silent = 0
                if once:
                    yield ServerSentEvent(event="pause", data={})
                    return
                silent += 1
                await asyncio.sleep(self.seconds)
        except PortalError as error:
            yield ServerSentEvent(event="end", data={"status": CLOSED, "error": str(error)})
        except SQLAlchemyError as error:
            # The watcher comes back by itself, and then reads what is wrong.
            _LOG.warning("a stream of a page was cut: the database does not answer: %s", type(error).__name__)

    def _look(self) -> str:
        return self.render(current_user(self.request, self.deps))
