"""Limits of requests that wait for a model, for Pulumi or for AWS: a few at once, and never in the threads the pages share."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
_TABLES_AT_ONCE = 8
"""Calls of gateways' tables, which take some seconds where one does not answer."""
_RETRY_SECONDS = 5


class SlowRequestLimits:
    """Counts of the slow requests under way, with their limits."""

    def __init__(self, settings: PortalSettings) -> None:
        """Take the limits from the settings."""
        self._most_of_person = settings.slow_per_person
        self._most_of_service = settings.slow_per_service
        self._reads = CapacityLimiter(_READS_AT_ONCE)
        self._tables = CapacityLimiter(_TABLES_AT_ONCE)
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
        of_person = (
            f"you have {self._most_of_person} questions or key reads under way, the most at once: wait for one to end, "
            f"or try again in {_RETRY_SECONDS} s"
        )
        of_service = (
            f"the service has {self._most_of_service} questions or key reads under way through the portal, the most at "
            f"once: try again in {_RETRY_SECONDS} s, or call it directly with its key"
        )
        with self._hold(
            {
                ("person", person_id): (self._most_of_person, of_person),
                ("service", service_id): (self._most_of_service, of_service),
            }
        ):
            yield

    @contextmanager
    def apply_place(self, person_id: str) -> Iterator[None]:
        """Hold one of a person's places for applies while the block runs: each reads Pulumi, as others want to.

        They are not those of questions, so that a model that does not answer keeps no one from an apply.

        Raises:
            TooManyError: all are taken.
        """
        most = self._most_of_person
        text = f"{most} applies of yours are being checked, the most at once: try again in {_RETRY_SECONDS} s"
        with self._hold({("applies", person_id): (most, text)}):
            yield

    @contextmanager
    def _hold(self, wanted: Mapping[tuple[str, str], tuple[int, str]]) -> Iterator[None]:
        """Hold a place of each kind; ``wanted`` says how many there are, and what a refusal says."""
        with self._lock:
            for place, (most, text) in wanted.items():
                if self._counts[place] >= most:
                    raise TooManyError(text, _RETRY_SECONDS)
            self._counts.update(wanted.keys())
        try:
            yield
        finally:
            with self._lock:
                self._counts.subtract(wanted.keys())
                self._counts = +self._counts  # forgets who has none

    async def read(self, ask_pulumi: Callable[..., _T], *arguments: object, **named: object) -> _T:
        """Call what asks Pulumi, in threads of its own; with all of them busy it waits without holding one."""
        return await to_thread.run_sync(partial(ask_pulumi, *arguments, **named), limiter=self._reads)

    async def table(self, call_aws: Callable[..., _T], *arguments: object, **named: object) -> _T:
        """Call what reads or writes a gateway's table, in threads of its own."""
        return await to_thread.run_sync(partial(call_aws, *arguments, **named), limiter=self._tables)
