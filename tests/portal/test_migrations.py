"""A database of an earlier version, with rows in it, is brought up to date."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from portal.clock import now
from portal.db import engine
from portal.db.base import Base
from portal.db.engine import Database
from portal.db.work import AuditEntry
from portal.errors import SetupError
from portal.security import audit, audit_proof

LINES = 2500
REPLACE = (
    "insert into audit_entry (id, at, actor, address, action, target, outcome, detail, chain) "
    "values (100, '2026-01-01 00:00:00', 'nobody', '', 'x', '', 'done', '', '" + "0" * 64 + "')"
)


@pytest.fixture
def empty_postgres_url(postgres: str) -> Iterator[str]:
    name = f"portal_{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield f"{postgres}/{name}".replace("postgresql:", "postgresql+psycopg:")
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def first_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The tables of revision 0001, with an audit log that has a gap, as a rolled back transaction leaves one."""
    if request.param == "sqlite":
        (tmp_path / "portal.db").touch(0o644)
        database = Database(f"sqlite:///{tmp_path / 'portal.db'}")
    else:
        database = Database(request.getfixturevalue("empty_postgres_url"))
    config = Config()
    config.set_main_option("script_location", str(engine._MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        insert = text(
            "insert into audit_entry (id, at, actor, address, team, action, target, outcome, detail) "
            "values (:id, :at, 'rosa', '', :team, 'change.apply', '', 'done', :detail)"
        )
        rows = [
            {"id": n, "at": now().isoformat(" "), "team": None if n % 2 else "search", "detail": f"Zeile „{n}“"}
            for n in (*range(1, 100), *range(103, LINES + 4))
        ]
        connection.execute(insert, rows)
    yield database
    database.close()


def test_lines_of_before_are_kept_and_chained_and_the_chain_goes_on(first_version: Database):
    first_version.migrate()
    with first_version.session() as session:
        audit.note(session, None, "after.upgrade")
    with first_version.reading() as session:
        found = audit_proof.verify(session)
        assert (found.problem, found.lines) == (None, LINES + 1)
        assert session.query(AuditEntry).filter_by(id=103).one().detail == "Zeile „103“"
        assert session.query(AuditEntry).order_by(AuditEntry.id.desc()).first().id == LINES + 4


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor = 'nobody' where id = 7",
        "delete from audit_entry where id = 7",
        REPLACE,
    ],
)
def test_every_trigger_is_there_again(first_version: Database, statement: str):
    first_version.migrate()
    with pytest.raises(DatabaseError, match="append-only"), first_version.engine.begin() as connection:
        connection.execute(text(statement))


OLD_CHANGE = (
    (
        "insert into person (id, subject, login, name, active, created_at) "
        "values ('p', 'local:rosa', 'rosa', 'Rosa', true, '2026-01-01')"
    ),
    (
        "insert into team (id, name, gpu_quota, service_quota, budget_usd_day, locked_by_platform, created_at) "
        "values ('search', 'Search', 4, 4, 0, false, '2026-01-01')"
    ),
    "insert into stack (id, team_id, platform, name, created_at) values ('t', 'search', 'dev', 'dev-search', '2026-01-01')",
    (
        "insert into service (id, stack_id, name, status, usd_before, requested_by, ttl_hours, created_at) "
        "values ('s', 't', 'qwen', 'running', 0, 'p', 72, '2026-01-01')"
    ),
    (
        "insert into change (id, stack_id, service_id, kind, status, created_at) "
        "values ('c', 't', 's', 'create', 'applied', '2026-01-01')"
    ),
    (
        'insert into job (id, stack_id, change_id, kind, status, created_at, attempt, recovering, "offset", next_seq) '
        "values ('j', 't', 'c', 'apply', 'succeeded', '2026-01-01', 1, false, 0, 1)"
    ),
)


def test_changes_of_before_keep_their_jobs_and_others_may_be_of_no_service(first_version: Database):
    with first_version.engine.begin() as connection:
        for statement in OLD_CHANGE:
            connection.execute(text(statement))
    first_version.migrate()
    with first_version.engine.begin() as connection:
        connection.execute(
            text(
                "insert into change (id, stack_id, kind, status, created_at) "
                "values ('l', 't', 'limits', 'previewed', '2026-01-01')"
            )
        )
        kept = connection.execute(
            text("select job.id, change.service_id from job join change on change.id = change_id")
        )
        assert kept.all() == [("j", "s")]
    wrong = text(
        "insert into change (id, stack_id, kind, status, created_at) values ('x', 'no', 'limits', 'x', '2026-01-01')"
    )
    with pytest.raises(DatabaseError), first_version.engine.begin() as connection:
        connection.execute(wrong)  # foreign keys hold again


@pytest.mark.thorough
def test_portals_that_start_at_once_migrate_one_after_the_other(empty_postgres_url: str):
    databases = [Database(empty_postgres_url) for _ in range(4)]
    with ThreadPoolExecutor() as threads:
        for done in [threads.submit(each.migrate) for each in databases]:
            done.result()
    for each in databases:
        assert each.problem() is None
        each.close()


def test_a_database_of_a_later_version_is_refused_in_one_line(first_version: Database):
    first_version.demand_usable()
    with first_version.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SetupError, match="a later version of the portal made the database's tables"):
        first_version.demand_usable()


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path):
    (tmp_path / "portal.db").write_text("no database " * 1000)
    database = Database(f"sqlite:///{tmp_path / 'portal.db'}")
    with pytest.raises(SetupError, match="cannot be used: file is not a database"):
        database.demand_usable()
    database.close()


def test_the_migrated_tables_are_those_of_the_program(first_version: Database):
    first_version.migrate()
    first_version.migrate()
    with first_version.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
