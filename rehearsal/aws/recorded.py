"""Resources of types that moto lacks: written down, so that they can be read, changed and deleted like others."""

import json
import threading
from pathlib import Path

from rehearsal.aws.database import connect
from rehearsal.plugins.wire import Properties


class Records:
    """The table of recorded resources of a sandbox."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = connect(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS recorded"
            " (type TEXT, id TEXT, urn TEXT, inputs TEXT, outputs TEXT, PRIMARY KEY (type, id))"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS begun (name TEXT PRIMARY KEY, token TEXT)")

    def begin(self, name: str, token: str) -> None:
        """Write down which attempt makes the thing of this name, which AWS would let be made twice."""
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO begun VALUES (?, ?)", (name, token))

    def begun(self, name: str, token: str) -> bool:
        """Whether this attempt was at it before."""
        with self._lock:
            query = "SELECT 1 FROM begun WHERE name = ? AND token = ?"
            return self._database.execute(query, (name, token)).fetchone() is not None

    def end(self, name: str) -> None:
        """Forget who made it."""
        with self._lock:
            self._database.execute("DELETE FROM begun WHERE name = ?", (name,))

    def put(self, kind: str, resource_id: str, urn: str, inputs: Properties, outputs: Properties) -> None:
        """Write a resource down, or write it down anew."""
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO recorded VALUES (?, ?, ?, ?, ?)",
                (kind, resource_id, urn, json.dumps(inputs), json.dumps(outputs)),
            )

    def get(self, kind: str, resource_id: str) -> tuple[str, Properties] | None:
        """URN and outputs of a resource, None if there is none."""
        with self._lock:
            row = self._database.execute(
                "SELECT urn, outputs FROM recorded WHERE type = ? AND id = ?", (kind, resource_id)
            ).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def remove(self, kind: str, resource_id: str) -> None:
        """Forget a resource."""
        with self._lock:
            self._database.execute("DELETE FROM recorded WHERE type = ? AND id = ?", (kind, resource_id))

    def rows(self) -> list[tuple[str, str, str]]:
        """Type, id and URN of everything recorded."""
        with self._lock:
            return list(self._database.execute("SELECT type, id, urn FROM recorded ORDER BY type, id"))
