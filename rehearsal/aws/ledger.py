"""Ledger of the creation attempts for each URN, so that what a killed run created is found again, not created twice.

An attempt is *open* from before its first call until the engine shows that it knows the id. While it is open, a
creation with the same inputs runs under the same token, and moto answers as it did the first time.
"""

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

from rehearsal.aws.database import connect
from rehearsal.plugins.wire import Properties
from rehearsal.plugins.wire_json import from_json, to_json


@dataclass(frozen=True)
class Attempt:
    """The latest attempt to create what a URN names; ``inputs`` only while it is open."""

    urn: str
    number: int
    inputs: Properties | None = None
    id: str = ""

    @property
    def token(self) -> str:
        """The idempotency token of the attempt's calls."""
        return hashlib.sha256(f"{self.urn}#{self.number}".encode()).hexdigest()[:32]

    @property
    def suffix(self) -> str:
        """Seven hexadecimal digits for generated names, the same for the same attempt."""
        return hashlib.sha256(f"name {self.urn}#{self.number}".encode()).hexdigest()[:7]


class Ledger:
    """The attempts of a sandbox."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = connect(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS attempts"
            " (urn TEXT PRIMARY KEY, number INTEGER, confirmed INTEGER, inputs TEXT, id TEXT)"
        )

    def next(self, urn: str) -> Attempt:
        """Return the attempt of the next creation: the open one, or a new one without inputs."""
        with self._lock:
            row = self._database.execute(
                "SELECT number, confirmed, inputs, id FROM attempts WHERE urn = ?", (urn,)
            ).fetchone()
        if row is None:
            return Attempt(urn, 1)
        number, confirmed, inputs, resource_id = row
        return Attempt(urn, number + 1) if confirmed else Attempt(urn, number, from_json(inputs), resource_id)

    def open(self, attempt: Attempt, inputs: Properties) -> None:
        """Record, before the first call, that an attempt starts."""
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO attempts VALUES (?, ?, 0, ?, '')",
                (attempt.urn, attempt.number, to_json(inputs)),
            )

    def made(self, attempt: Attempt, resource_id: str) -> None:
        """Record the id, before the engine receives it."""
        with self._lock:
            self._database.execute(
                "UPDATE attempts SET id = ? WHERE urn = ? AND number = ?", (resource_id, attempt.urn, attempt.number)
            )

    def close(self, attempt: Attempt) -> None:
        """Close an attempt that left nothing behind, or whose resource is deleted."""
        with self._lock:
            self._database.execute(
                "UPDATE attempts SET confirmed = 1 WHERE urn = ? AND number = ?", (attempt.urn, attempt.number)
            )

    def confirm(self, urn: str, resource_id: str) -> None:
        """Close the attempt of ``resource_id``, which the engine knows; another id of the URN is of a replaced resource."""
        with self._lock:
            self._database.execute(
                "UPDATE attempts SET confirmed = 1 WHERE urn = ? AND id = ? AND confirmed = 0", (urn, resource_id)
            )
