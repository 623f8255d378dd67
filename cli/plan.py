"""``llm-plan``: does a model fit, and what does it cost, before anything exists."""

from typing import Annotated

import typer

from cli.console import USAGE_ERROR, run, version_option
from cli.cost import cost
from cli.fit import fit
from cli.recommend import recommend
from cli.time_limit import cpu_limit

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.command("fit")(fit)
app.command("cost")(cost)
app.command("recommend")(recommend)


@app.callback()
def _commands(context: typer.Context, *, _version: Annotated[bool, version_option("llm-platform")] = False) -> None:
    """Does a model fit, and what does it cost, before anything exists."""
    context.with_resource(cpu_limit())


def main() -> None:
    """Run ``llm-plan`` and exit; see `cli.console.run`."""
    run(app, "llm-plan", unexpected=USAGE_ERROR)


if __name__ == "__main__":
    main()
