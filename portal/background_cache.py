"""A cache of something slow that is refreshed in the background: callers get what was read last, and wait for nothing.

This is stale-while-revalidate, as RFC 5861 has it for HTTP, and stale-if-error.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

_LOG = logging.getLogger(__name__)
_FAILED_SECONDS: Final = 15.0
"""So long a failure counts, before it is tried again."""
_FIRST_SECONDS: Final = 0.3
"""So long requests wait for the first read of all, which may take a moment; pages then fill in by themselves."""
KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, kw_only=True)
class Cached(Generic[ValueT]):
    """What is known of a key."""

    value: ValueT | None = None
    """The last that could be read."""
    problem: str | None = None
    """Why it could not be read the last time; None when it could."""


@dataclass
class _Kept(Generic[ValueT]):
    cached: Cached[ValueT]
    due: float = 0.0
    """When it is to be read again."""
    reading: bool = False
    first: threading.Event = field(default_factory=threading.Event)


class BackgroundCache(Generic[KeyT, ValueT]):
    """The last value of each key."""

    def __init__(
        self,
        read: Callable[[KeyT], ValueT],
        what: str,
        *,
        fresh: Callable[[KeyT], float],
        known: tuple[type[Exception], ...],
        most: int,
        threads: int,
    ) -> None:
        """Read nothing yet.

        Args:
            read: Reads what belongs to a key, in a thread.
            what: What it is, for messages: ``the cluster``.
            fresh: Seconds from which on a value is read again, by its key.
            known: Errors of ``read`` whose message is a line for users.
            most: Keys that are kept; beyond that the one that was used longest ago is dropped.
            threads: Reads at once; a key for which there is none left stays as it is until the next caller.
        """
        self._read = read
        self._what = what
        self._fresh = fresh
        self._known = known
        self._most = most
        self._threads = threading.BoundedSemaphore(threads)
        self._kept: OrderedDict[KeyT, _Kept[ValueT]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: KeyT) -> Cached[ValueT]:
        """Return what is known; what is older than it may be is read again in the background."""
        with self._lock:
            kept = self._kept.setdefault(key, _Kept(Cached(problem=f"{self._what} is being read")))
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
            starts = not kept.reading and time.monotonic() >= kept.due and self._threads.acquire(blocking=False)
            kept.reading = kept.reading or starts
        if starts:
            threading.Thread(target=self._renew, args=(key, kept), daemon=True, name=f"refresh-{key}").start()
        kept.first.wait(_FIRST_SECONDS)
        return kept.cached

    def _renew(self, key: KeyT, kept: _Kept[ValueT]) -> None:
        seconds = _FAILED_SECONDS
        try:
            kept.cached = Cached(value=self._read(key))
            seconds = self._fresh(key)
        except self._known as problem:
            if kept.cached.problem != str(problem):
                _LOG.warning("%s (%s) cannot be read: %s", self._what, key, problem)
            kept.cached = Cached(value=kept.cached.value, problem=str(problem))
        except Exception:  # noqa: BLE001  it is a thread of its own: whatever it is, pages must show it
            _LOG.exception("%s (%s) cannot be read", self._what, key)
            kept.cached = Cached(value=kept.cached.value, problem="the portal could not read it; its log says why")
        finally:
            kept.due = time.monotonic() + seconds
            kept.reading = False
            self._threads.release()
            kept.first.set()
