"""Making, finding and removing the folders of rehearsal sandboxes: ``.rehearsal/NAME/`` in this checkout."""

import contextlib
import random
import re
import shutil
import socket
import tempfile
from dataclasses import fields
from pathlib import Path

from rehearsal.network import probe
from rehearsal.sandbox import Ports, Sandbox, SandboxError, description

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_SANDBOX = "default"

_HOME = ".rehearsal"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")
# Below the node ports of Kubernetes (30000) and the kernel's ephemeral ports (32768): nothing else picks these.
_PORT_RANGE = range(18000, 29000)


class NoSandboxError(SandboxError):
    """There is no sandbox of the name, or there cannot be one."""


def home() -> Path:
    """The folder that holds every sandbox of this checkout."""
    return CHECKOUT / _HOME


def root_of(name: str) -> Path:
    """The folder of the sandbox ``name``, whether it exists or not.

    Raises:
        NoSandboxError: ``name`` cannot name a folder and a process.
    """
    if not _NAME.fullmatch(name):
        raise NoSandboxError(f"sandbox {name!r}: use lower-case letters, digits and dashes, at most 32")
    return home() / name


def find(name: str) -> Sandbox | None:
    """The sandbox ``name``, or None when there is none."""
    root = root_of(name)
    return Sandbox.load(root) if (root / description(root)).exists() else None


def existing(name: str) -> Sandbox:
    """The sandbox ``name``.

    Raises:
        NoSandboxError: there is none.
    """
    sandbox = find(name)
    if sandbox is None:
        raise NoSandboxError(f"sandbox {name}: none; `rehearse up --sandbox {name}` makes it")
    return sandbox


def every() -> list[Sandbox]:
    """All sandboxes of this checkout, by name."""
    if not home().is_dir():
        return []
    return [Sandbox.load(root) for root in sorted(home().glob("[a-z0-9]*")) if (root / description(root)).exists()]


def open_or_create(name: str) -> tuple[Sandbox, bool]:
    """The sandbox ``name`` and whether it was made now.

    A new one is made complete in a temporary folder and then renamed, so that no process sees half a sandbox.
    """
    root = root_of(name)
    if (sandbox := find(name)) is not None:
        return sandbox, False
    home().mkdir(exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=home(), prefix=f".{name}."))
    try:
        Sandbox(root=temporary, name=name, ports=free_ports(_taken_ports()), network=probe.choose()).save()
        for folder in ("logs", "state", "project", "aws", "kubernetes", "nodes"):
            (temporary / folder).mkdir()
        # Renaming onto a folder that is not empty fails: then another process was first, and its sandbox is used.
        temporary.rename(root)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if (sandbox := find(name)) is not None:
            return sandbox, False
        raise SandboxError(f"{root}: cannot make the sandbox here ({error.strerror}); remove that folder") from error
    return Sandbox.load(root), True


def free_ports(taken: frozenset[int] = frozenset()) -> Ports:
    """Return free loopback ports, all of them held open until the last one is found."""
    names = [field.name for field in fields(Ports)]
    found: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        for port in random.SystemRandom().sample(_PORT_RANGE, k=500):
            if len(found) == len(names):
                break
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in taken:
                found[names[len(found)]] = port
    if len(found) < len(names):
        raise SandboxError(f"no free ports on 127.0.0.1 between {_PORT_RANGE.start} and {_PORT_RANGE.stop}")
    return Ports(**found)


def remove(sandbox: Sandbox) -> None:
    """Delete the folder of a stopped sandbox, and ``.rehearsal/`` with the last one."""
    doomed = sandbox.root.with_name(f".{sandbox.name}.removed")
    if doomed.exists():
        shutil.rmtree(doomed)
    sandbox.root.rename(doomed)
    shutil.rmtree(doomed)
    with contextlib.suppress(OSError):  # not empty: another sandbox lives there
        home().rmdir()


def _taken_ports() -> frozenset[int]:
    """Ports that stopped sandboxes of this checkout keep for themselves."""
    return frozenset(getattr(sandbox.ports, field.name) for sandbox in every() for field in fields(Ports))
