"""The portal's data folder: read by its owner alone, and used by one portal at a time."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.errors import SetupError
from workspace import locks

_LOG = logging.getLogger(__name__)
_OTHERS = 0o077
_LOCK = "portal.lock"
_ROOM_BYTES = 2**20


class DataFolder:
    """One folder; ``held`` while a portal runs."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.path = path
        self._held: tuple[int, int] | None = None

    def prepare(self) -> None:
        """Make the folder, and close it and what an earlier version left open to others: password hashes, secrets."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        close_to_others(self.path)
        for path in (*self.path.glob("*"), *self.path.glob("secrets/*")):
            close_to_others(path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one portal that uses it.

        Raises:
            SetupError: another one is; the message has its pid.
        """
        try:
            with locks.held(self.path / _LOCK, str(os.getpid())):
                self._held = _identity(self.path / _LOCK)
                try:
                    yield
                finally:
                    self._held = None
        except locks.HeldError as error:
            raise SetupError(_used(self.path, error.holder)) from None

    def problem(self) -> str | None:
        """Return why the folder that is held cannot be used; None when it can."""
        if self._held is not None and _identity(self.path / _LOCK) != self._held:
            return f"{self.path} was deleted under the portal"
        found = os.statvfs(self.path)
        if found.f_flag & os.ST_RDONLY:
            return f"{self.path} is on a read-only file system"
        if found.f_bavail * found.f_frsize < _ROOM_BYTES or (found.f_files and not found.f_favail):
            return f"{self.path} has no room: less than 1 MiB, or no file more"
        return None


def check_unused(path: Path) -> None:
    """Refuse where a portal uses the folder.

    Raises:
        SetupError: one does; the message has its pid.
    """
    if pid := locks.holder_of(path / _LOCK):
        raise SetupError(_used(path, pid))


def close_to_others(path: Path) -> None:
    """Let only the owner read and write a file or folder; a link is left alone, and so is what is not there."""
    try:
        mode = path.lstat().st_mode & 0o7777
        if mode & _OTHERS and not path.is_symlink():
            path.chmod(mode & ~_OTHERS)
    except FileNotFoundError:
        return
    except PermissionError:
        # A volume may belong to somebody else, who then has to close it.
        _LOG.warning("%s can be read by others and is not the portal's own: chmod go-rwx it", path)


def _used(path: Path, pid: str) -> str:
    who, end = (f" (pid {pid})", f": kill {pid}") if pid.isdigit() else ("", "")
    return f"{path}: a portal{who} uses this data folder; stop it first{end}"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
