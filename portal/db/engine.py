"""Opening the database, SQLite or PostgreSQL, and bringing its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_BUSY_MS = 10_000
_TAKE_TURNS = text("select pg_advisory_xact_lock(7316297)")


class Database:
    """The database and its sessions."""

    def __init__(self, url: str) -> None:
        """Open ``url``; nothing is read or written yet."""
        self.url = url
        self.engine = _sqlite(url) if url.startswith("sqlite") else create_engine(url, pool_pre_ping=True, pool_size=20)
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

    def ready(self) -> None:
        """Raise SQLAlchemy's error when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("select 1"))

    def migrate(self) -> None:
        """Bring the tables to the newest version."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=20)

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
