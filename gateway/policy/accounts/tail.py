"""Reader of a growing log file that survives its rotation; a position lets another process go on where one ended."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROTATED = ".1"
"""Suffix of the file that was the log before."""
_AFTER_ROTATION_SECONDS = 2.0
_MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next line begins: the file's inode, and the offset in bytes."""

    inode: int
    offset: int


class Tail:
    """Complete lines of a log, each once."""

    def __init__(
        self, path: Path, position: Position | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Read from `position`, or the beginning. Where its file is gone, from the beginning of the log there is."""
        self._path, self._clock = path, clock
        self._file: int | None = None
        self._inode, self._offset = 0, 0
        self._rest = b""
        self._rotated_at: float | None = None
        if position is not None:
            for candidate in (path, path.with_name(path.name + ROTATED)):
                if self._open(candidate, position):
                    break

    @classmethod
    def at_end(cls, path: Path) -> "Tail":
        """A tail that begins with the next line."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return cls(path)
        return cls(path, Position(found.st_ino, found.st_size))

    @property
    def position(self) -> Position:
        """Where the next line begins that `read` has not returned."""
        return Position(self._inode, self._offset - len(self._rest))

    def read(self) -> list[bytes]:
        """The complete lines that came since the last call, at most some megabytes of them.

        Raises:
            OSError: the log cannot be read.
        """
        if self._file is None and not self._open(self._path, None):
            return []
        assert self._file is not None  # noqa: S101 - opened above
        data = os.pread(self._file, _MOST_BYTES, self._offset)
        if not data:
            self._follow()
            return []
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self, path: Path, position: Position | None) -> bool:
        with contextlib.suppress(FileNotFoundError):
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            found = os.fstat(file)
            if position is not None and (found.st_ino != position.inode or found.st_size < position.offset):
                os.close(file)
                return False
            self.close()
            self._file, self._inode = file, found.st_ino
            self._offset = position.offset if position else 0
            self._rest, self._rotated_at = b"", None
            return True
        return False

    def _follow(self) -> None:
        """Go to the new file once nothing more has come into the old one for a while after the rotation."""
        try:
            same = self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            same = True
        if same:
            self._rotated_at = None
        elif self._rotated_at is None:
            self._rotated_at = self._clock()
        elif self._clock() - self._rotated_at > _AFTER_ROTATION_SECONDS:
            self._open(self._path, None)
