"""Records of resources whose type moto lacks, so that they can be read, changed and deleted like others."""

import json
import threading
from pathlib import Path

from rehearsal.aws.database import connect
from rehearsal.plugins.wire import Properties


class Records:
    """The recorded resources of a sandbox, in SQLite."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = connect(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS recorded"
            " (type TEXT, id TEXT, urn TEXT, inputs TEXT, outputs TEXT, PRIMARY KEY (type, id))"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS begun (name TEXT PRIMARY KEY, token TEXT)")

    def start(self, name: str, token: str) -> None:
        """Record which attempt creates the resource of this name, where moto would create it twice."""
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO begun VALUES (?, ?)", (name, token))

    def started(self, name: str, token: str) -> bool:
        """Return whether this attempt has already started to create it."""
        with self._lock:
            query = "SELECT 1 FROM begun WHERE name = ? AND token = ?"
            return self._database.execute(query, (name, token)).fetchone() is not None

    def end(self, name: str) -> None:
        """Forget which attempt created it."""
        with self._lock:
            self._database.execute("DELETE FROM begun WHERE name = ?", (name,))

    def put(self, token: str, resource_id: str, urn: str, inputs: Properties, outputs: Properties) -> None:
        """Record a resource, or replace its record."""
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO recorded VALUES (?, ?, ?, ?, ?)",
                (token, resource_id, urn, json.dumps(inputs), json.dumps(outputs)),
            )

    def get(self, token: str, resource_id: str) -> tuple[str, Properties] | None:
        """Return URN and outputs of a resource; None if there is no record."""
        with self._lock:
            row = self._database.execute(
                "SELECT urn, outputs FROM recorded WHERE type = ? AND id = ?", (token, resource_id)
            ).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def remove(self, token: str, resource_id: str) -> None:
        """Remove the record of a resource."""
        with self._lock:
            self._database.execute("DELETE FROM recorded WHERE type = ? AND id = ?", (token, resource_id))

    def rows(self) -> list[tuple[str, str, str]]:
        """List type, id and URN of all records."""
        with self._lock:
            return list(self._database.execute("SELECT type, id, urn FROM recorded ORDER BY type, id"))
