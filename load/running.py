"""A plan that runs to its end, or in a thread beside the caller."""

import asyncio
import resource
import threading
import time
from contextlib import suppress
from typing import Self

from load.answer import Answer
from load.loops import Watcher, work
from load.plan import Plan
from load.report import Report

_MOST_FILES = 65_536
"""Open files that a process allows itself at most: a host has no more ports for connections to one address."""


def run(plan: Plan, watch: Watcher | None = None) -> Report:
    """Run a plan to its end.

    Args:
        plan: The load.
        watch: Called with every answer as it ends, in the thread that runs the plan.
    """
    allow_files()
    return asyncio.run(work(plan, watch, asyncio.Event()))


def allow_files() -> int:
    """Let the process open as many files as it may, since each connection is one; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # macOS has a bound of its own below a hard limit without end.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Running:
    """A plan that runs in a thread of its own, while the caller lets things fail; a context manager."""

    def __init__(self, plan: Plan) -> None:
        self.answers: list[Answer] = []
        """What has ended so far."""
        self._plan = plan
        self._report: Report | None = None
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._work, name="load", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Start no more requests and wait for those under way."""
        self.stop()
        self._thread.join()

    def stop(self) -> None:
        """Start no more requests."""
        if self._loop is not None:
            # The loop may have ended by itself.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Return when ``count`` requests have ended, or all of them.

        Raises:
            TimeoutError: fewer within ``seconds``.
        """
        end = time.monotonic() + seconds
        while len(self.answers) < count and self._thread.is_alive():
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.answers)} of {count} requests ended within {seconds:g} s")
            time.sleep(0.01)

    def report(self) -> Report:
        """Wait for the end.

        Raises:
            RuntimeError: the run itself failed, which a failed request does not do.
        """
        self._thread.join()
        if self._report is None:
            raise RuntimeError(f"the load did not run to its end: {self._error}") from self._error
        return self._report

    def _work(self) -> None:
        async def start() -> Report:
            self._loop = asyncio.get_running_loop()
            return await work(self._plan, self.answers.append, self._stop)

        try:
            self._report = asyncio.run(start())
        except BaseException as error:  # noqa: BLE001 - raised again by report()
            self._error = error
