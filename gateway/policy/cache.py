"""Records of the table in memory: re-read after seconds, kept for minutes while the table does not answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.policy.kept import Kept

REFRESH_SECONDS = 2.0
"""Age from which a record is re-read in the background while the old one is used."""
FRESH_SECONDS = 4.0
"""Age from which a request waits for the record to be re-read: so a revocation holds within five seconds."""
STALE_SECONDS = 600.0
"""How long a known record is used while the table does not answer."""
WAIT_SECONDS = 0.9
"""How long a request waits for the table to read a record again."""
UNKNOWN_SECONDS = 5.0
"""The same for a record that is not known, while nothing says that the table is away: a new pod has slow first reads, and the
alternative is a refused request."""
RETRY_SECONDS = 2.0
"""After a failure, requests with a known record do not wait for the table this long."""
MOST_RECORDS = 20_000
MOST_LOADS = 64
"""Loads at once; more wait, so that made-up keys cannot fill the threads."""
MOST_UNKNOWN = 1024
"""Loads in all, under way and waiting, at which a record that is not known is unavailable: made-up keys wait in no longer line."""

V = TypeVar("V")


class UnavailableError(Exception):
    """The record is not known and the table does not answer."""


@dataclass(slots=True)
class _Record(Generic[V]):
    value: V | None
    read_at: float


class Cache(Generic[V]):
    """Records by name; that there is none is remembered too, for as long as a record is fresh."""

    def __init__(
        self,
        load: Callable[[str], Awaitable[V | None]],
        failed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        kept: Kept[V] | None = None,
    ) -> None:
        """Read records with `load`, which raises any exception when the table does not answer; then call `failed`.

        What is read goes to `kept` too; there a record is found that this process does not know.
        """
        self._load, self._failed, self._clock, self._kept = load, failed, clock, kept
        self._records: dict[str, _Record[V]] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._failed_at = float("-inf")
        self._slots = asyncio.Semaphore(MOST_LOADS)

    async def get(self, name: str) -> V | None:
        """The record; None where there is none.

        Raises:
            UnavailableError: the table does not answer, and the record is not known or too old; or too many wait for it.
        """
        record = self._records.get(name)
        now = self._clock()
        recently_failed = now - self._failed_at < RETRY_SECONDS
        patience = WAIT_SECONDS
        if record is not None:
            age = now - record.read_at
            if age <= REFRESH_SECONDS:
                return record.value
            loading = self._start(name)
            if age <= FRESH_SECONDS:
                return record.value
            if recently_failed and record.value is not None and age <= STALE_SECONDS:
                return record.value
        elif name not in self._loading and len(self._loading) >= MOST_UNKNOWN:
            raise UnavailableError
        else:
            loading = self._start(name)
            patience = WAIT_SECONDS if recently_failed else UNKNOWN_SECONDS
        await asyncio.wait((loading,), timeout=patience)
        if not loading.done():
            self._failed_at = self._clock()
        record = self._records.get(name) or self._of_the_other_process(name)
        if record is None:
            raise UnavailableError
        age = self._clock() - record.read_at
        if age <= FRESH_SECONDS or (record.value is not None and age <= STALE_SECONDS):
            return record.value
        raise UnavailableError

    def _of_the_other_process(self, name: str) -> _Record[V] | None:
        found = self._kept.find(name) if self._kept else None
        if found is None:
            return None
        record = self._records[name] = _Record(found[0], self._clock() - found[1])
        return record

    def _start(self, name: str) -> asyncio.Task[None]:
        loading = self._loading.get(name)
        if loading is None:
            loading = self._loading[name] = asyncio.create_task(self._read(name))
            loading.add_done_callback(lambda _: self._loading.pop(name, None))
        return loading

    async def _read(self, name: str) -> None:
        async with self._slots:
            asked_at = self._clock()  # what is written meanwhile may be missing: the age counts from here
            try:
                value = await self._load(name)
            except Exception:  # noqa: BLE001 - whatever it is, the record could not be read
                self._failed_at = self._clock()
                self._failed()
                return
        self._failed_at = float("-inf")
        self._records.pop(name, None)
        while len(self._records) >= MOST_RECORDS:
            del self._records[next(iter(self._records))]  # the one that was read longest ago
        self._records[name] = _Record(value, asked_at)
        if self._kept:
            self._kept.keep(name, value)
