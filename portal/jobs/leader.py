"""Leader election among the portals of one database: the one that holds its lock works on the jobs, the others wait for it."""

import logging
import threading
from contextlib import suppress

from sqlalchemy import Connection, text

from portal.db.engine import DATABASE_AWAY, Database

_LOG = logging.getLogger(__name__)
_TAKE = text("select pg_try_advisory_lock(7316298)")
_RELEASE = text("select pg_advisory_unlock(7316298)")
_LOOK = text("select 1")
_KEEPALIVE = tuple(text(f"set tcp_keepalives_{name}") for name in ("idle = 10", "interval = 5", "count = 3"))
"""The server notices within 25 s that the host of a leader is gone, in place of two hours; of no effect on a Unix socket."""


class Leader:
    """Whether this portal is the leader of its database.

    On PostgreSQL the leader holds an advisory lock on a connection of its own, which ends with its process. A SQLite file is
    one portal's: the data folder has a lock already.
    """

    def __init__(self, database: Database) -> None:
        """Take nothing yet."""
        self._database = database
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._leads: bool | None = None
        """None before the first look."""

    @property
    def leads(self) -> bool:
        """Whether it was the leader at the last look; before the first, nothing is known of another."""
        return self._leads is not False

    def elected(self) -> bool:
        """Return whether this portal is the leader now, after trying to be.

        Raises:
            OperationalError: the database does not answer; another portal may be the leader from now on.
        """
        if self._database.engine.dialect.name != "postgresql":
            return True
        with self._lock:
            try:
                leads = self._look()
            except DATABASE_AWAY:
                self._close()
                raise
            if leads != self._leads:
                _LOG.info(
                    "this portal works on the jobs"
                    if leads
                    else "another portal of this database works on the jobs: this one serves pages, and works on the jobs when that one is gone"
                )
            self._leads = leads
            return leads

    def resign(self) -> None:
        """Let another portal be the leader, at once: PostgreSQL ends what a connection held some time after it was closed."""
        with self._lock:
            if self._connection is not None and self._leads:
                with suppress(*DATABASE_AWAY):  # then the lock ended with the connection
                    self._connection.execute(_RELEASE)
            self._close()

    def _look(self) -> bool:
        if self._connection is None:
            self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # Not the pool's any more: a connection that is given back would keep the lock.
            self._connection.detach()
            for statement in _KEEPALIVE:
                self._connection.execute(statement)
        elif self._leads:
            # The lock ended with the connection, if that did.
            self._connection.execute(_LOOK)
            return True
        return bool(self._connection.scalar(_TAKE))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._leads = False if self._leads is not None else None
