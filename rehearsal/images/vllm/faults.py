"""Faults of one engine, which ``rehearse chaos`` sets beside its container and the emulator applies at once."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from workspace.files import write_atomically

_FILE = "engine-faults.json"
_KEPT_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class EngineFaults:
    """What is wrong with an engine.

    Attributes:
        slots: Requests that run at once, instead of ``--max-num-seqs``; None: as set there.
        token_seconds: Time that a token takes; None: as fast as without a fault.
        dead: Whether the process ends at once, and again after each start.
        no_metrics: Whether ``/metrics`` has none of vLLM's series, as after a failed start of its exporter.
    """

    slots: int | None = None
    token_seconds: float | None = None
    dead: bool = False
    no_metrics: bool = False

    @classmethod
    def read(cls, pod: Path | None) -> Self:
        """The faults that are set now.

        Args:
            pod: Folder of the pod; None outside one.
        """
        file = pod / _FILE if pod else None
        return cls(**json.loads(file.read_text())) if file and file.exists() else cls()

    def write(self, pod: Path) -> None:
        """Set these faults in place of those of the pod."""
        write_atomically(pod / _FILE, json.dumps(asdict(self)))

    @staticmethod
    def clear(pod: Path) -> None:
        """End the pod's faults."""
        (pod / _FILE).unlink(missing_ok=True)


class KnownFaults:
    """The faults of one engine, read again when they are a moment old."""

    def __init__(self, pod: Path | None) -> None:
        self._pod = pod
        self._known = EngineFaults()
        self._until = 0.0

    @property
    def now(self) -> EngineFaults:
        """The faults that are set."""
        if time.monotonic() >= self._until:
            self._known, self._until = EngineFaults.read(self._pod), time.monotonic() + _KEPT_SECONDS
        return self._known
