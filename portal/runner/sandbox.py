"""The rehearsal sandbox a portal may run against: kept from being taken down under it, and missed when it is gone."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from portal.errors import SetupError
from workspace import locks

_ANSWER_SECONDS = 1.0
_WAIT_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """Sandbox of a connection file; none where Pulumi acts on AWS."""

    lock: Path | None = None
    """File on which `rehearse down` takes the exclusive lock."""
    holders: Path | None = None
    """Folder in which a file ``operation-*.lock`` that is locked has the text of who uses the sandbox."""
    answers_at: tuple[str, ...] = field(default=())
    """``HOST:PORT`` of what answers while the sandbox runs."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From a connection file; one of an earlier version says nothing."""
        if "in_use" not in given:
            return cls()
        return cls(
            lock=Path(given["in_use"]["lock"]),
            holders=Path(given["in_use"]["holders"]),
            answers_at=tuple(given["answers_at"]),
        )

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep `rehearse down` from taking it away while the block runs.

        Raises:
            SetupError: it is gone, or being taken away.
        """
        if self.lock is None or self.holders is None:
            yield
            return
        if not self.lock.exists():
            raise SetupError(
                f"{self.lock.parent}: the rehearsal sandbox was deleted; `rehearse connect` writes the file again"
            )
        try:
            with locks.in_use(self.holders, None, f"`python -m portal serve` (pid {os.getpid()})", wait=_WAIT_SECONDS):
                yield
        except locks.BeingRemovedError:
            raise SetupError(f"{self.lock.parent}: the rehearsal sandbox is being taken down") from None

    def lost(self) -> str | None:
        """Return what is missing of it; None while it is there and answers."""
        if self.lock is not None and not self.lock.exists():
            return f"the rehearsal sandbox {self.lock.parent.name} was deleted"
        for address in self.answers_at:
            host, _, port = address.rpartition(":")
            try:
                socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
            except OSError:
                return f"the rehearsal sandbox does not answer at {address}"
        return None
