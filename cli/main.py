"""``llm-platform``: what an operator runs beside ``pulumi``.

``llm-platform plan`` has the planner's commands, which are also there as ``llm-plan``. Every command ends with 0 when
all is well, 1 when it found something that is wrong, and 2 on a usage error.
"""

from typing import Annotated

import typer

from cli.bench.command import bench
from cli.coldstart import coldstart
from cli.console import USAGE_ERROR, run, version_option
from cli.keys.commands import app as keys
from cli.load_test import load_test
from cli.mirror import mirror
from cli.monitoring.commands import app as monitoring
from cli.operator import operator_policy
from cli.plan import app as plan
from cli.preflight import preflight
from cli.replicas import replicas
from cli.residue import residue

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.command("coldstart")(coldstart)
app.command("preflight")(preflight)
app.add_typer(plan, name="plan")
app.command("operator-policy")(operator_policy)
app.command("load-test")(load_test)
app.command("bench")(bench)
app.command("replicas")(replicas)
app.command("residue")(residue)
app.command("mirror")(mirror)
app.add_typer(keys, name="keys")
app.add_typer(monitoring, name="monitoring")


@app.callback()
def _commands(*, _version: Annotated[bool, version_option("llm-platform")] = False) -> None:
    """What an operator runs beside ``pulumi``: exit 0 no issue, 1 issues, 2 usage error."""


def main() -> None:
    """Run ``llm-platform`` and exit; see `cli.console.run`."""
    run(app, "llm-platform", unexpected=USAGE_ERROR)


if __name__ == "__main__":
    main()
