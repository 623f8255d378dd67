"""Locks of a sandbox: one operation a stack at a time, and no sandbox taken down while it is in use.

The engine's own lock stands only while it runs, not while the sandbox starts or the guardrails are checked first. These
are locks of the kernel on files of the sandbox: they end with the process that holds them, however that ends.
"""

import contextlib
import os
from collections.abc import Iterator

from rehearsal.sandbox import Sandbox, SandboxError
from workspace import locks

_PREVIEW = "preview"
_HINT = "wait for it to end, or end it, then try again"


class HeldError(Exception):
    """Another operation holds the stack, or uses the sandbox."""


@contextlib.contextmanager
def operation(sandbox: Sandbox, stack: str, name: str) -> Iterator[None]:
    """Keep the sandbox from being taken down and, unless ``name`` is preview, the stack from other operations.

    Raises:
        HeldError: another operation holds the stack.
        SandboxError: the sandbox was taken down a moment ago.
    """
    what = None if name == _PREVIEW else stack
    try:
        with locks.in_use(sandbox.root, what, f"`rehearse {name}` (pid {os.getpid()})"):
            yield
    except locks.HeldError as error:
        raise HeldError(f"stack {stack} is held by {error.holder}; {_HINT}") from None
    except FileNotFoundError:
        if sandbox.root.exists():
            raise
        raise SandboxError(f"sandbox {sandbox.name} was taken down meanwhile; try again") from None


@contextlib.contextmanager
def out_of_use(sandbox: Sandbox) -> Iterator[None]:
    """Keep operations out while the sandbox is stopped.

    Raises:
        HeldError: an operation is running in it.
    """
    try:
        with locks.unused(sandbox.root, f"`rehearse down` (pid {os.getpid()})"):
            yield
    except locks.HeldError as error:
        raise HeldError(f"sandbox {sandbox.name} is in use by {error.holder}; {_HINT}") from None
