"""The option ``--version`` of the commands."""

from typing import Annotated

import typer

from cli.console import OUT
from settings.version import VERSION


def _print(given: bool) -> None:  # noqa: FBT001  typer calls it with the option's value
    if given:
        OUT.print(f"llm-platform {VERSION}", markup=False)
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_print, is_eager=True, help="Print the version and exit.")]
