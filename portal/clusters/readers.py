"""Ways to the API servers of the platforms: opened once, and again after a while or when one fails."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from portal.clusters.reader import Reader
from portal.runner.protocol import RunnerError, StackRunner
from workspace.kubeconfig import Access, ClusterError

KUBECONFIG: Final = "kubeconfig"
_ACCESS_SECONDS: Final = 600.0
"""So long a kubeconfig is kept; reading it takes Pulumi a moment."""
_T = TypeVar("_T")


@dataclass
class _Kept:
    reader: Reader
    until: float
    before: Reader | None
    """Its predecessor, which a thread may still use; closed when this one is replaced."""


class Readers:
    """Readers by platform."""

    def __init__(self, runner: StackRunner, environment: Mapping[str, str]) -> None:
        """Open nothing yet.

        Args:
            runner: Reads what a platform exports.
            environment: Of the command that makes tokens.
        """
        self._runner = runner
        self._environment = environment
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def reading(self, name: str, work: Callable[[Reader], _T]) -> _T:
        """Return what ``work`` reads of a platform's API server.

        Raises:
            ClusterError: the platform cannot be read, or the API server.
        """
        reader = self._reader(name)
        try:
            return work(reader)
        except ClusterError:
            # It may be another cluster by now, with another kubeconfig.
            with self._lock:
                if name in self._kept and self._kept[name].reader is reader:
                    self._kept[name].until = 0.0
            raise

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for kept in self._kept.values():
                kept.reader.close()
                if kept.before is not None:
                    kept.before.close()

    def _reader(self, name: str) -> Reader:
        with self._lock:
            opening = self._opening[name]
        with opening:  # Pulumi is a process of its own: one for all who wait
            kept = self._kept.get(name)
            if kept is not None and time.monotonic() < kept.until:
                return kept.reader
            return self._open(name)

    def _open(self, name: str) -> Reader:
        try:
            text = self._runner.exports(name).values[KUBECONFIG]
        except (RunnerError, KeyError):
            raise ClusterError(f"platform {name} exports no kubeconfig, or cannot be read") from None
        made = Reader(Access.of(text), self._environment)
        with self._lock:
            old = self._kept.get(name)
            if old is not None and old.before is not None:
                old.before.close()
            until = time.monotonic() + _ACCESS_SECONDS
            self._kept[name] = _Kept(reader=made, until=until, before=old.reader if old is not None else None)
        return made
