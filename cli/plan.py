"""``llm-plan``: does a model fit, and what does it cost, before anything exists."""

import sys

import typer

from cli.console import ERR, ExitCode, UsageError
from cli.cost import cost
from cli.fit import fit
from cli.recommend import recommend

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.command("fit")(fit)
app.command("cost")(cost)
app.command("recommend")(recommend)


@app.callback()
def _commands() -> None:
    """Does a model fit, and what does it cost, before anything exists."""


def main() -> None:
    """Entry point: every expected failure is one message and an exit code."""
    try:
        app()
    except UsageError as error:
        ERR.print(f"llm-plan: {error}", markup=False)
        sys.exit(ExitCode.BAD_USE)


if __name__ == "__main__":
    main()
