"""Who is at work: one operation a stack at a time, and no sandbox taken away under it.

The engine's own lock stands only while it runs, not while the sandbox starts or the guardrails are asked first. These are
locks of the kernel on files of the sandbox: they end with the process that holds them, however that ends.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from rehearsal.sandbox import Sandbox, SandboxError


class HeldError(Exception):
    """Another operation holds the stack, or the sandbox."""


@contextlib.contextmanager
def operation(sandbox: Sandbox, stack: str, name: str) -> Iterator[None]:
    """Keep the sandbox from being taken down and, unless ``name`` is preview, the stack from other operations.

    Raises:
        HeldError: another operation holds the stack.
        SandboxError: the sandbox was taken down a moment ago.
    """
    try:
        with _locked(sandbox_file(sandbox), fcntl.LOCK_SH):
            if name == "preview":
                yield
                return
            path = sandbox.root / f"operation-{stack}.lock"
            with _locked(path, fcntl.LOCK_EX, f"stack {stack} is held by"):
                path.write_text(f"`rehearse {name}` (pid {os.getpid()})")
                yield
                path.write_text("")
    except FileNotFoundError:
        if sandbox.root.exists():
            raise
        raise SandboxError(f"sandbox {sandbox.name} was taken down meanwhile; try again") from None


@contextlib.contextmanager
def nobody_at_work(sandbox: Sandbox) -> Iterator[None]:
    """Keep operations out while the sandbox is stopped.

    Raises:
        HeldError: an operation is running in it.
    """
    with _locked(sandbox_file(sandbox), fcntl.LOCK_EX, f"sandbox {sandbox.name} is in use by", sandbox.root):
        yield


def sandbox_file(sandbox: Sandbox) -> Path:
    """The file on which whoever works in the sandbox takes a shared lock, and whoever stops it the exclusive one."""
    return sandbox.root / "operations.lock"


@contextlib.contextmanager
def _locked(path: Path, kind: int, held: str = "", told_in: Path | None = None) -> Iterator[None]:
    with path.open("a+") as file:
        try:
            fcntl.flock(file, kind | (fcntl.LOCK_NB if held else 0))
        except BlockingIOError:
            raise HeldError(f"{held} {_holder(path, told_in)}; wait for it to end, or end it, then try again") from None
        yield


def _holder(path: Path, told_in: Path | None) -> str:
    files = sorted(told_in.glob("operation-*.lock")) if told_in else [path]
    told = [text for file in files if _is_locked(file) and (text := file.read_text().strip())]
    return ", ".join(told) or "another `rehearse`"


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the file; one who was killed left its text, but no lock."""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
