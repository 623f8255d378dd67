"""Opening the database, SQLite or PostgreSQL, and bringing its tables up to date."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from portal.data_folder import close_to_others
from portal.db.outage import Outage, reason_of
from portal.db.work import AuditEntry
from portal.errors import SetupError

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_BUSY_MS = 10_000
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""The database does not answer: the fault of no job and no request."""
_TAKE_TURNS = text("select pg_advisory_xact_lock(7316297)")
_WAITS = {"connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}
"""libpq's, in s, unless the URL has its own: a server whose host is gone, as at a failover, is noticed within half a minute."""


class Database:
    """The database and its sessions."""

    def __init__(self, url: str) -> None:
        """Open ``url``; nothing is read or written yet."""
        self.url = url
        self.outage = Outage()
        self._file = _file_of(url)
        self._opened: os.stat_result | None = None
        self.engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # Shares the pool; on SQLite its transactions take no lock, so readers wait for nobody.
        self._readers = sessionmaker(self.engine.execution_options(sqlite_begin="deferred"), expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._sessions() as session, session.begin():
            if self.engine.dialect.name == "postgresql":
                # Writers take turns, as SQLite's do: two requests that each look and then write must not both find the
                # same change unapplied or the same GPUs free. Their transactions are short, and there is one portal.
                session.execute(_TAKE_TURNS)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent look; whatever the block changes is thrown away."""
        with self._readers() as session:
            yield session

    def problem(self) -> str | None:
        """Return why the database cannot be used; None when it can. Waits for no writer."""
        # A connection that is open goes on in a file that was deleted, so the file itself is looked at.
        if self._file is not None and self._opened is not None:
            if not self._file.exists():
                return f"{self._file} was deleted"
            if not os.path.samestat(self._file.stat(), self._opened):
                return f"{self._file} is another file than at the start: start the portal again"
        try:
            with self.reading() as session:
                session.execute(select(AuditEntry.id).limit(1))
        except SQLAlchemyError:
            return "does not answer, or has no tables"
        return None

    def demand_usable(self) -> None:
        """Look whether the database answers, and is of no later version; SQLite's file may be made yet.

        Raises:
            SetupError: it cannot be used; the message has what the driver said, or the fix.
        """
        if self._file is not None and not self._file.exists():
            return
        try:
            with self.engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_revision()
        except DBAPIError as error:
            raise SetupError(f"database_url: the database cannot be used: {reason_of(error)}") from None
        known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
        if found is not None and found not in known:
            raise SetupError(
                f"database_url: a later version of the portal made the database's tables (revision {found}): start that version, "
                "or restore a backup from before it"
            )

    def migrate(self) -> None:
        """Make the database's file where there is none, for its owner alone, and bring the tables to the newest version."""
        if self._file is not None:
            self._file.touch(mode=0o600)
            for suffix in ("", "-wal", "-shm", "-journal"):
                close_to_others(self._file.with_name(self._file.name + suffix))
            self._opened = self._file.stat()
        config = _alembic()
        with self._migrating() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _migrating(self) -> Iterator[Connection]:
        """One transaction for all migrations, one portal after the other, in which SQLite may replace a table that others refer to.

        SQLite changes a column by a new table in the place of the old one; that needs foreign keys off, which works outside a
        transaction only, and a check of them before the commit (https://sqlite.org/lang_altertable.html, section 7).
        """
        if self.engine.dialect.name != "sqlite":
            with self.engine.begin() as connection:
                # Of two portals that start at once, the second finds the tables of the first.
                connection.execute(_TAKE_TURNS)
                yield connection
            return
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("pragma foreign_keys=off")
            try:
                with connection.begin():
                    yield connection
                    if broken := connection.exec_driver_sql("pragma foreign_key_check").all():
                        raise RuntimeError(f"the migration would leave {len(broken)} rows without what they refer to")
            finally:
                driver.execute("pragma foreign_keys=on")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _file_of(url: str) -> Path | None:
    """SQLite's file; None for another database, one in memory, or a file given as a URI of SQLite's own."""
    parsed = make_url(url)
    name = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _postgresql(url: str) -> Engine:
    waits = {name: value for name, value in _WAITS.items() if name not in make_url(url).query}
    return create_engine(url, pool_pre_ping=True, pool_size=20, connect_args=waits)


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=20)

    @event.listens_for(engine, "do_connect")
    def _existing(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> None:
        # The driver makes a file that is not there, without a table in it: only ``migrate`` may, for its owner alone.
        if _file_of(url) is not None:
            arguments[0], named["uri"] = f"file:{quote(str(arguments[0]))}?mode=rw", True

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # Transactions are begun by the listener below: the driver itself would begin them too late, at the first write.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", f"busy_timeout={_BUSY_MS}"):
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that first reads and then writes fails at once if another wrote in between, whatever the busy
        # timeout; one that may write takes the lock when it begins and so waits for its turn instead.
        mode = connection.get_execution_options().get("sqlite_begin", "immediate")
        connection.exec_driver_sql(f"begin {mode}")

    return engine
