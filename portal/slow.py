"""Requests that wait for something slow, a model or Pulumi: a few at once, and never in the threads the pages share."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from portal.errors import TooManyError
from portal.settings import PortalSettings

_T = TypeVar("_T")
_READS_AT_ONCE = 8
"""Reads of Pulumi, each a process of its own of some 100 MiB."""
_PROBES_AT_ONCE = 4
_RETRY_SECONDS = 5


class Slow:
    """The slow requests under way."""

    def __init__(self, settings: PortalSettings) -> None:
        """Take the limits from the settings."""
        self._most_of_person = settings.slow_per_person
        self._most_of_service = settings.slow_per_service
        self._reads = CapacityLimiter(_READS_AT_ONCE)
        self.probes = CapacityLimiter(_PROBES_AT_ONCE)
        """For what asks whether the portal is ready."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def place(self, person_id: str, service_id: str) -> Iterator[None]:
        """Hold one of the places of a person and of a service while the block runs.

        Raises:
            TooManyError: all of either are taken.
        """
        person, service = ("person", person_id), ("service", service_id)
        with self._lock:
            if self._counts[person] >= self._most_of_person:
                raise TooManyError(
                    f"you have {self._most_of_person} questions or key reads under way, the most at once: wait for one "
                    f"to end, or try again in {_RETRY_SECONDS} s",
                    _RETRY_SECONDS,
                )
            if self._counts[service] >= self._most_of_service:
                raise TooManyError(
                    f"the service has {self._most_of_service} questions or key reads under way through the portal, the "
                    f"most at once: try again in {_RETRY_SECONDS} s, or ask it directly with its key",
                    _RETRY_SECONDS,
                )
            self._counts.update((person, service))
        try:
            yield
        finally:
            with self._lock:
                self._counts.subtract((person, service))
                self._counts = +self._counts  # forgets who has none

    async def read(self, ask_pulumi: Callable[..., _T], *arguments: object, **named: object) -> _T:
        """Call what asks Pulumi, in threads of its own; with all of them busy it waits without holding one."""
        return await to_thread.run_sync(partial(ask_pulumi, *arguments, **named), limiter=self._reads)
