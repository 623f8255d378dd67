"""Becomes a container's process: ``python -I -S enter.py SPECIFICATION COMMAND...``.

Runs between the node agent's fork and the container's program, alone in its process, so that what is arranged here
needs no care for the agent's threads: the pod's network namespace, a mount namespace of the container's own with what
the pod mounts at its place, and the end together with the agent. It imports nothing of the project, for it starts with
every container.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

_PR_SET_PDEATHSIG = 1
_NO_SUCH_EXECUTABLE = 127
_NEWNS, _NEWNET = 0x00020000, 0x40000000
# linux/mount.h
_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_RUN = ("/run", "/var/run")
# Folders in memory that every container has for itself.
_OWN = {**dict.fromkeys(_RUN, "mode=755"), "/dev/shm": "mode=1777"}  # noqa: S108
_LIBC = ctypes.CDLL(None, use_errno=True)


def command(
    program: list[str], *, namespace: str = "", files: Sequence[tuple[str, str, bool]] = (), keep: Sequence[str] = ()
) -> list[str]:
    """The command line that arranges things and then becomes ``program``; the caller must be its parent.

    Args:
        program: Executable and arguments.
        namespace: Path of the pod's network namespace; empty for none, and then nothing is mounted either.
        files: Files and folders to mount: where the container sees them, where they are, whether read-only.
        keep: Folders that must stay visible: what would be mounted over one of them (`hides`) is left out.
    """
    said = {"parent": os.getpid(), "namespace": namespace, "files": list(files), "keep": list(keep)}
    return [sys.executable, "-I", "-S", __file__, json.dumps(said), *program]


def hides(path: str, keep: Sequence[str]) -> bool:
    """Whether something mounted at ``path`` would hide a folder that must stay visible."""
    return any(_within(os.path.realpath(kept), os.path.realpath(path)) for kept in keep)


def _checked(answer: int, what: str) -> None:
    if answer != 0:
        raise SystemExit(f"{what}: {os.strerror(ctypes.get_errno())}")


def _die_with(parent: int) -> None:
    """Let the kernel end this process together with the node agent; what it becomes may not see to that itself."""
    _checked(_LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL)), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        raise SystemExit("the node agent ended while this container was being started")


def _join(namespace: str) -> None:
    descriptor = os.open(namespace, os.O_RDONLY)
    _checked(_LIBC.setns(descriptor, _NEWNET), "the pod's network cannot be entered")
    os.close(descriptor)


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = (text.encode() for text in (source, target, kind))
    _checked(_LIBC.mount(*words, flags, data.encode() or None), f"mount of {target}")


def _mount_all(files: Sequence[tuple[str, str, bool]], keep: Sequence[str]) -> None:
    """Mount ``files`` in a mount namespace of this process's own; outermost first, as they may lie in each other."""
    _checked(_LIBC.unshare(_NEWNS), "a mount namespace cannot be made")
    _mount("none", "/", "", _REC | _PRIVATE)
    opened = [(target, os.open(source, os.O_PATH), read_only) for target, source, read_only in files]
    if any(not os.path.exists("/" + target.split("/")[1]) for target, _, _ in opened):
        _own_root()
    modes = {os.path.realpath(path): mode for path, mode in _OWN.items()}
    own = [path for path in modes if os.path.isdir(path) and not hides(path, keep)]
    for path in own:
        _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, modes[path])
    for target, source, read_only in sorted(opened):
        where = os.path.realpath(target)
        if hides(where, keep):
            continue
        if not os.path.exists(where):
            _make(where, source, own)
        _mount(f"/proc/self/fd/{source}", where, "", _BIND | _REC)
        if read_only:
            _mount("none", where, "", _BIND | _REMOUNT | _RDONLY | _locked(where))


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _make(where: str, source: int, own: list[str]) -> None:
    """Make something to mount over, in a folder that is this container's alone; ``own`` gets one more where none is."""
    if not any(_within(where, path) for path in own):
        folder = os.path.dirname(where)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        if folder != "/":  # below "/" nothing is missing, or the root is this container's own
            _with_content_of(folder, folder)
            own.append(folder)
    if os.path.isdir(f"/proc/self/fd/{source}"):
        os.makedirs(where)
    else:
        os.makedirs(os.path.dirname(where), exist_ok=True)
        os.close(os.open(where, os.O_CREAT, 0o644))


def _own_root() -> None:
    """Become root of a folder in memory with everything that ``/`` has, so that folders beside it can be made."""
    run = next(path for path in map(os.path.realpath, _RUN) if os.path.isdir(path))
    here = os.getcwd()
    _with_content_of("/", run)
    os.chroot(run)
    os.chdir(here)


def _with_content_of(folder: str, where: str) -> None:
    """Mount a folder in memory at ``where`` that has everything that is in ``folder``, and room for more."""
    old = os.open(folder, os.O_PATH)
    names = os.listdir(folder)
    _mount("tmpfs", where, "tmpfs", _NOSUID | _NODEV, "mode=755")
    for name in names:
        source, target = f"/proc/self/fd/{old}/{name}", f"{where.rstrip('/')}/{name}"
        if os.path.islink(source):
            os.symlink(os.readlink(source), target)
            continue
        if os.path.isdir(source):
            os.mkdir(target)
        else:
            os.close(os.open(target, os.O_CREAT, 0o644))
        _mount(source, target, "", _BIND | _REC)
    os.close(old)


def _locked(where: str) -> int:
    """Flags of the file system below that a user namespace may not remove."""
    flags = os.statvfs(where).f_flag
    return flags & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME)


def main() -> None:
    """Arrange, then become the program."""
    said: dict[str, Any] = json.loads(sys.argv[1])
    program = sys.argv[2:]
    if said["namespace"]:
        _join(said["namespace"])
        _mount_all(said["files"], said["keep"])
    _die_with(said["parent"])
    try:
        os.execvp(program[0], program)  # noqa: S606 - what the caller asked for
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error.strerror}\n")
        raise SystemExit(_NO_SUCH_EXECUTABLE) from error


if __name__ == "__main__":
    main()
