import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from gateway.store.table import Table
from portal.db.engine import Database
from portal.identity.passwords import Passwords
from tests.portal import gateway_table
from tests.portal.fakes import FakeRunner
from tests.portal.people import Portal, make_portal, populate
from tests.portal.postgres import NoPostgresError, server


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """As cheap as Argon2 goes: these tests are not about its cost."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, passwords: Passwords) -> Path:
    """A SQLite file with every table and some people, to be copied."""
    path = tmp_path_factory.mktemp("database") / "portal.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    populate(database, passwords)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres(passwords: Passwords) -> Iterator[str]:
    """URL of a running server with a migrated database called template_portal."""
    try:
        with server() as url:
            with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
                connection.execute("create database template_portal")
            database = Database(f"{url}/template_portal".replace("postgresql:", "postgresql+psycopg:"))
            database.migrate()
            populate(database, passwords)
            database.close()
            with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
                # A backend ends some time after its client, and a template may have none.
                connection.execute(
                    "select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = 'template_portal'"
                )
            yield url
    except NoPostgresError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must run in CI: {error}")
        pytest.skip(f"PostgreSQL left out: {error}")


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated: Path) -> str:
    path = tmp_path / "portal.db"
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    name = f"portal_{uuid.uuid4().hex}"
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name} template template_portal strategy file_copy")
    yield f"{postgres}/{name}"
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def either_url(request: pytest.FixtureRequest) -> str:
    """Once with each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture
def build(tmp_path: Path, passwords: Passwords, runner: FakeRunner) -> Iterator[Callable[..., Portal]]:
    """Makes portals on a database; each is stopped at the end."""
    made: list[Portal] = []

    def make(url: str, **settings: object) -> Portal:
        made.append(make_portal(url, tmp_path / "data", runner, passwords, **settings))
        return made[-1]

    yield make
    for portal in made:
        portal.close()


@pytest.fixture
def portal(build: Callable[..., Portal], sqlite_url: str) -> Portal:
    """On SQLite, which is quicker."""
    return build(sqlite_url)


@pytest.fixture
def either(build: Callable[..., Portal], either_url: str) -> Portal:
    """Once on each database."""
    return build(either_url)


@pytest.fixture
def table(runner: FakeRunner) -> Iterator[Table]:
    """The table of a gateway that platform dev has from now on."""
    runner.gateway = gateway_table.EXPORTS
    with gateway_table.serving() as found:
        yield found
