"""``python -m portal``: serve, migrate, seed, stopped, audit."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from portal import audit_cli
from portal import settings as portal_settings
from portal.app import create_app
from portal.data_folder import DataFolder, check_unused
from portal.db.engine import Database
from portal.errors import SetupError
from portal.identity.passwords import Passwords
from portal.runner.automation import AutomationRunner
from portal.runner.connection import Connection
from portal.seed import TEAMS
from portal.seed import seed as seed_accounts
from portal.settings import PortalSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.add_typer(audit_cli.app, name="audit")
_OUT = Console(highlight=False, soft_wrap=True)


@app.command()
def serve() -> None:
    """Answer requests until SIGTERM or SIGINT; operations go on without the portal."""
    settings = portal_settings.load()
    check_unused(settings.data_dir)
    connection = Connection.of(settings)
    runner = AutomationRunner(connection, settings.job_niceness)
    made = create_app(settings, runner, endpoint_port=connection.endpoint_port, aws=connection.environment)
    made.state.deps.database.demand_usable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # One process: it owns the jobs. Streams that are open when it stops are cut; browsers come back by themselves.
    with connection.sandbox.in_use():
        uvicorn.run(
            made,
            host=settings.host,
            port=settings.port,
            loop="asyncio",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=3,
            proxy_headers=settings.sign_in == "oidc",
        )


@app.command()
def stopped(
    data_dir: Annotated[Path, typer.Option(envvar="PORTAL_DATA_DIR", help="The portal's data folder.")] = Path(
        ".portal"
    ),
) -> None:
    """Fail, with its pid, when a portal uses the data folder: for scripts that delete the folder."""
    check_unused(data_dir)


@app.command()
def migrate() -> None:
    """Bring the database's tables to the newest version; serve does it too."""
    _database(portal_settings.load()).close()


@app.command()
def seed(
    team: Annotated[
        list[str] | None, typer.Option(help="Id of a team; repeat it. Default: search and support.")
    ] = None,
) -> None:
    """Make teams with one person in each role, and say how they sign in."""
    settings = portal_settings.load()
    database = _database(settings)
    with database.session() as session:
        teams = {name: name.title() for name in team} if team else TEAMS
        accounts = seed_accounts(session, settings, Passwords(), teams)
    database.close()
    _OUT.print(f"portal      {settings.url}", markup=False)
    _OUT.print(f"password    {next(iter(accounts.values()))}   (of every account below)", markup=False)
    _OUT.print(f"accounts    {', '.join(accounts)}", markup=False)


def _database(settings: PortalSettings) -> Database:
    DataFolder(settings.data_dir).prepare()
    database = Database(settings.database)
    database.demand_usable()
    database.migrate()
    return database


def main() -> None:
    """Entry point: a mistake in the settings is a line and an exit code."""
    # Whatever the portal and its runs write is their owner's alone.
    os.umask(0o077)
    try:
        app()
    except SetupError as error:
        Console(stderr=True, soft_wrap=True).print(f"portal: {error}", markup=False)
        sys.exit(2)
