"""``python -m portal audit``: whether the audit log is as it was written, and a copy of it."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import settings as portal_settings
from portal.db.engine import Database
from portal.errors import SetupError
from portal.security import audit_proof

app = typer.Typer(no_args_is_help=True, help="The audit log: verify its chain, or export it.")
_HEAD = re.compile(r"[0-9]+:[0-9a-f]{64}")
_OUT = Console(highlight=False, soft_wrap=True)


class Kind(StrEnum):
    """Format of an export."""

    JSONL = "jsonl"
    CSV = "csv"


@app.command()
def verify(
    expect: Annotated[
        list[str] | None,
        typer.Option(help="ID:HASH that verify printed before, or the portal wrote to its log; repeat it."),
    ] = None,
) -> None:
    """Compute the chain of hashes again; ends with 1 and the first line that is wrong."""
    for head in expect or ():
        # A slip of the pen must not look like a log that was cut.
        if not _HEAD.fullmatch(head):
            raise SetupError(f"--expect {head}: is not a head: write ID:HASH, a number and 64 hexadecimal digits")
    with _reading() as session:
        proof = audit_proof.verify(session, expect or ())
    if proof.problem is not None:
        Console(stderr=True, soft_wrap=True).print(f"portal: audit log: {proof.problem}", markup=False)
        raise typer.Exit(1)
    _OUT.print(f"{proof.lines} lines, each follows from the one before it\nhead {proof.head}", markup=False)


@app.command()
def export(
    kind: Annotated[Kind, typer.Option("--format", help="JSON lines, exact, or CSV for a spreadsheet.")] = Kind.JSONL,
    output: Annotated[
        Path | None, typer.Option(help="A new file, for its owner alone; default standard output.")
    ] = None,
) -> None:
    """Write every line, oldest first."""
    write = audit_proof.write_csv if kind is Kind.CSV else audit_proof.write_json_lines
    with _reading() as session:
        if output is None:
            write(session, sys.stdout)
            return
        try:
            with output.open("x", encoding="utf-8", newline="") as out:
                output.chmod(0o600)
                write(session, out)
        except OSError as error:
            raise SetupError(f"{output}: {error.strerror}: name a new file in a folder that is there") from None


@contextmanager
def _reading() -> Iterator[Session]:
    settings = portal_settings.load()
    database = Database(settings.database)
    try:
        with database.reading() as session:
            yield session
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise SetupError(
            f"the database cannot be read ({reason}): check PORTAL_DATA_DIR or PORTAL_DATABASE_URL, and run "
            "`python -m portal migrate` after an upgrade"
        ) from None
    finally:
        database.close()
