"""SQLite files that several plugin processes share."""

import sqlite3
from pathlib import Path

_WAIT_SECONDS = 60


def connect(path: Path) -> sqlite3.Connection:
    """Open a database that other processes write to as well; each statement is a transaction of its own.

    The connection may be used from any thread, one at a time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    # Survives a killed process; only a power cut could lose the last statements, and moto's journal is no better.
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection
