"""A sandbox's network namespace: made by the supervisor, held by its file descriptors, entered by what it starts.

Nothing else holds it: when the supervisor and what runs inside have ended, the kernel removes it with all its links.
Python 3.11 has neither `unshare` nor `setns`, so both come from the C library.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

NEWUSER = 0x10000000
NEWNET = 0x40000000
VARIABLE = "LLM_REHEARSAL_NAMESPACES"

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
# linux/sockios.h and linux/if.h
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41


class NamespaceError(Exception):
    """The kernel does not make or open a namespace; the message says which."""


def unshare(flags: int) -> None:
    """Move this thread into new namespaces.

    Raises:
        NamespaceError: not permitted, or not possible.
    """
    _checked(_LIBC.unshare(flags), "new namespaces cannot be made")


def setns(descriptor: int, kind: int) -> None:
    """Move this thread into an existing namespace.

    Raises:
        NamespaceError: not permitted.
    """
    _checked(_LIBC.setns(descriptor, kind), "the sandbox's namespace cannot be entered")


def new_network(*, with_user: bool) -> None:
    """Move this process, which must have one thread, into a new network namespace with its loopback interface up.

    Args:
        with_user: Make a user namespace too, in which this user is root; what may be done without being root outside.
    """
    user, group = os.geteuid(), os.getegid()
    unshare((NEWUSER if with_user else 0) | NEWNET)
    if with_user:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    loopback_up()


def loopback_up() -> None:
    """Switch the loopback interface of this thread's namespace on."""
    with socket.socket() as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP_RUNNING))


def die_with(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel send ``how`` to this process when ``parent``, which started it, ends.

    After entering a user namespace, not before: a change of credentials takes the arrangement away.
    """
    _checked(_LIBC.prctl(_PR_SET_PDEATHSIG, int(how)), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(1)


@dataclass(frozen=True, kw_only=True)
class Namespaces:
    """File descriptors of a sandbox's namespaces.

    Attributes:
        net: The network namespace.
        user: The user namespace that owns it; None where root made it without one.
    """

    net: int
    user: int | None

    @classmethod
    def make(cls) -> Self:
        """New namespaces, made by a child that ends again; without a user namespace where that is permitted.

        Raises:
            NamespaceError: this user may not make any.
        """
        problem: NamespaceError | None = None
        for with_user in (False, True) if os.geteuid() == 0 else (True,):
            try:
                return cls._made(with_user=with_user)
            except NamespaceError as error:
                problem = error
        raise NamespaceError(str(problem))

    @classmethod
    def _made(cls, *, with_user: bool) -> Self:
        ready, go = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go[1])
            _child(ready[1], go[0], lambda: new_network(with_user=with_user))
        os.close(ready[1])
        os.close(go[0])
        try:
            problem = os.read(ready[0], 500).decode()
            if problem != _READY:
                raise NamespaceError(problem or "the process that makes namespaces ended")
            net = os.open(f"/proc/{child}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            user = os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC) if with_user else None
        finally:
            os.close(go[1])
            os.close(ready[0])
            os.waitpid(child, 0)
        return cls(net=net, user=user)

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `text` wrote, in a process that inherited the descriptors."""
        net, user = text.split(",")
        return cls(net=int(net), user=int(user) if user else None)

    @property
    def text(self) -> str:
        """The descriptors' numbers for a child's environment."""
        return f"{self.net},{'' if self.user is None else self.user}"

    @property
    def descriptors(self) -> Iterable[int]:
        """What a child must inherit to enter."""
        return (self.net,) if self.user is None else (self.net, self.user)

    def enter(self) -> None:
        """Move this process, which must have one thread, inside; as the sandbox's root where it has a user namespace."""
        if self.user is not None:
            setns(self.user, NEWUSER)
        setns(self.net, NEWNET)


_READY = "ready"


def _child(ready: int, go: int, make: Callable[[], None]) -> None:
    """The child's whole life: make the namespaces, say so, wait until the parent has opened them."""
    try:
        make()
        os.write(ready, _READY.encode())
        os.read(go, 1)
    except (NamespaceError, OSError) as error:
        os.write(ready, str(error).encode())
    finally:
        os._exit(0)


def _checked(answer: int, what: str) -> None:
    if answer != 0:
        raise NamespaceError(f"{what}: {os.strerror(ctypes.get_errno())}")


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:  # noqa: PTH123 - between fork and exec as little as possible
            file.write(text)
    except OSError as error:
        raise NamespaceError(f"{path}: {error.strerror}") from error
