"""Making, finding and removing the folders of rehearsal worlds: ``.rehearsal/NAME/`` in this checkout."""

import contextlib
import random
import re
import shutil
import socket
import tempfile
from dataclasses import fields
from pathlib import Path

from rehearsal.world import Ports, World, WorldError

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_WORLD = "default"

_HOME = ".rehearsal"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")
# Below the node ports of Kubernetes (30000) and the kernel's ephemeral ports (32768): nothing else picks these.
_PORT_RANGE = range(18000, 29000)


class NoWorldError(WorldError):
    """The name is no world's, or cannot be."""


def home() -> Path:
    """The folder that holds every world of this checkout."""
    return CHECKOUT / _HOME


def root_of(name: str) -> Path:
    """The folder of the world ``name``, whether it exists or not.

    Raises:
        NoWorldError: ``name`` cannot name a folder and a process.
    """
    if not _NAME.fullmatch(name):
        raise NoWorldError(f"world {name!r}: use lower-case letters, digits and dashes, at most 32")
    return home() / name


def find(name: str) -> World | None:
    """The world ``name``, or None when there is none."""
    root = root_of(name)
    return World.load(root) if (root / "world.json").exists() else None


def existing(name: str) -> World:
    """The world ``name``.

    Raises:
        NoWorldError: there is none.
    """
    world = find(name)
    if world is None:
        raise NoWorldError(f"world {name}: none; `rehearse up --world {name}` makes it")
    return world


def every() -> list[World]:
    """All worlds of this checkout, by name."""
    if not home().is_dir():
        return []
    return [World.load(found.parent) for found in sorted(home().glob("[a-z0-9]*/world.json"))]


def open_or_create(name: str) -> tuple[World, bool]:
    """The world ``name`` and whether it was made now.

    A new one is made complete in a temporary folder and then renamed, so that nobody sees half a world.
    """
    root = root_of(name)
    if (world := find(name)) is not None:
        return world, False
    home().mkdir(exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=home(), prefix=f".{name}."))
    try:
        World(root=temporary, name=name, ports=free_ports(_taken_ports())).save()
        for folder in ("logs", "state", "project", "aws", "kubernetes", "nodes"):
            (temporary / folder).mkdir()
        # Renaming onto a folder that is not empty fails: then another process was first, and its world is used.
        temporary.rename(root)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if (world := find(name)) is not None:
            return world, False
        raise WorldError(f"{root}: cannot make the world here ({error.strerror}); remove that folder") from error
    return World.load(root), True


def free_ports(taken: frozenset[int] = frozenset()) -> Ports:
    """Loopback ports nobody listens on, all of them held open until the last one is found."""
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
        raise WorldError(f"no free ports on 127.0.0.1 between {_PORT_RANGE.start} and {_PORT_RANGE.stop}")
    return Ports(**found)


def remove(world: World) -> None:
    """Delete the folder of a stopped world, and ``.rehearsal/`` with the last one."""
    doomed = world.root.with_name(f".{world.name}.removed")
    if doomed.exists():
        shutil.rmtree(doomed)
    world.root.rename(doomed)
    shutil.rmtree(doomed)
    with contextlib.suppress(OSError):  # not empty: another world lives there
        home().rmdir()


def _taken_ports() -> frozenset[int]:
    """Ports that stopped worlds of this checkout keep for themselves."""
    return frozenset(getattr(world.ports, field.name) for world in every() for field in fields(Ports))
