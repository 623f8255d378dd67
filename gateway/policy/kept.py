"""Records that the policy's processes of a pod keep for each other, in files of the pod's folder.

A process that has just been started, or stood by until now, knows what the other one knew: so a killed process costs no known
key while the table does not answer. There is no key in a file, only its SHA-256; the folder ends with the pod.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

KEEP_SECONDS = 30.0
"""Age from which a file is written again though the record is the same."""
V = TypeVar("V")


class Kept(Generic[V]):
    """Records of one kind by name; calls block for the time of a small file."""

    def __init__(
        self,
        folder: Path,
        dump: Callable[[V], dict[str, Any]],
        load: Callable[[dict[str, Any]], V],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep records in `folder`, which is made, as the JSON that `dump` gives (other values as text) and `load` takes."""
        self._folder, self._dump, self._load, self._clock = folder, dump, load, clock
        self._written: dict[str, tuple[V | None, float]] = {}

    def keep(self, name: str, value: V | None) -> None:
        """Keep what was read just now; None: there is no such record any more."""
        now = self._clock()
        if name in self._written and self._written[name][0] == value and now - self._written[name][1] < KEEP_SECONDS:
            return
        path = self._path(name)
        # Without space in the folder the records are merely not kept.
        with suppress(OSError):
            if value is None:
                path.unlink(missing_ok=True)
            else:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                aside = path.with_suffix(f".{os.getpid()}")
                aside.write_text(json.dumps({"at": now, "record": self._dump(value)}, default=str))
                aside.replace(path)
                self._written[name] = (value, now)
                return
        self._written.pop(name, None)

    def find(self, name: str) -> tuple[V, float] | None:
        """A record and the seconds since it was read; None where none is kept, or its file cannot be used."""
        try:
            said = json.loads(self._path(name).read_text())
            age = self._clock() - float(said["at"])
            return (self._load(said["record"]), age) if age >= 0 else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _path(self, name: str) -> Path:
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.json"
