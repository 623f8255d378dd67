"""Lock files that name their holder; the kernel releases those of a process that dies, however it dies.

A lock file stays in place when it is released: removing it would let two holders in. Files are opened here and locked by
``filelock``: its own ``FileLock`` makes missing folders, and would bring back one that was just removed.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from filelock import lock_descriptor

_POLL_SECONDS = 0.05
_PROBE_SECONDS = 0.25
"""Longer than a look whether a lock is held takes, which holds it for that moment."""
_GATE_SECONDS = 1.0
"""Longer than a user takes to pass the gate."""
_GATE = "operations.lock"
_USER = "operation-*.lock"
UNNAMED = "another process"


class HeldError(Exception):
    """Another process holds the lock; ``holder`` is the text it left."""

    def __init__(self, holder: str) -> None:
        """Name the holder."""
        super().__init__(f"held by {holder}")
        self.holder = holder


class BeingRemovedError(Exception):
    """A folder is being removed by another process."""


@contextmanager
def held(path: Path, holder: str, *, wait: float = _PROBE_SECONDS) -> Iterator[None]:
    """Hold the lock file ``path``, with the text ``holder`` in it, while the block runs.

    Args:
        path: Lock file, made where it is missing.
        holder: Text that names this process to others.
        wait: Seconds to wait for another holder; negative for as long as it takes.

    Raises:
        HeldError: another holder still has it.
        FileNotFoundError: the file's folder is missing, or was removed meanwhile.
    """
    with path.open("a+", encoding="utf-8") as file:
        _lock(file, path, wait)
        file.truncate(0)
        file.write(holder)
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs, as soon as it is free.

    Raises:
        FileNotFoundError: the file's folder is missing, or was removed meanwhile.
    """
    with held(path, f"pid {os.getpid()}", wait=-1):
        yield


def holder_of(path: Path) -> str | None:
    """Return the holder's text of a lock file, or None while it is free or missing."""
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        # Closing the file releases what this took.
        if lock_descriptor(file.fileno(), blocking=False):
            return None
        return file.read().strip() or UNNAMED


def gate(folder: Path) -> Path:
    """Return the lock file that every user of ``folder`` passes, and that its remover keeps."""
    return folder / _GATE


@contextmanager
def in_use(folder: Path, name: str | None, holder: str, *, wait: float = -1) -> Iterator[None]:
    """Keep ``folder`` from being removed while the block runs, and be the only one to use it under ``name``.

    Args:
        folder: Folder that several processes use at once.
        name: What is used of it, part of a file name; None for a use that excludes no other.
        holder: Text that names this process to others.
        wait: Seconds to wait while the folder is being removed; negative for as long as it takes.

    Raises:
        HeldError: another process uses ``name``.
        BeingRemovedError: the folder is still being removed after ``wait`` seconds.
        FileNotFoundError: the folder is gone.
    """
    path = folder / _USER.replace("*", name or f"{os.getpid()}-{uuid.uuid4().hex[:8]}")
    with ExitStack() as using:
        with _passing(folder, holder, wait):
            using.enter_context(held(path, holder))
        try:
            yield
        finally:
            if not name:
                path.unlink(missing_ok=True)


@contextmanager
def unused(folder: Path, holder: str) -> Iterator[None]:
    """Keep users out of ``folder`` while the block runs, which may remove it.

    Raises:
        HeldError: it is in use; ``holder`` names every user.
        FileNotFoundError: the folder is gone.
    """
    with held(gate(folder), holder, wait=_GATE_SECONDS):
        users = {path: holder_of(path) for path in sorted(folder.glob(_USER))}
        if holders := [user for user in users.values() if user]:
            raise HeldError(", ".join(holders))
        for path in users:
            path.unlink(missing_ok=True)
        yield


@contextmanager
def _passing(folder: Path, holder: str, wait: float) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(held(gate(folder), holder, wait=wait))
        except HeldError:
            raise BeingRemovedError(str(folder)) from None
        yield


def _lock(file: IO[str], path: Path, wait: float) -> None:
    deadline = time.monotonic() + wait
    while not lock_descriptor(file.fileno(), blocking=False):
        if wait >= 0 and time.monotonic() >= deadline:
            raise HeldError(holder_of(path) or UNNAMED)
        time.sleep(_POLL_SECONDS)
    if not os.fstat(file.fileno()).st_nlink:
        raise FileNotFoundError(path)
