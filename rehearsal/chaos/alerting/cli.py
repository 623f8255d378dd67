"""``rehearse chaos`` of alerts: set a fault, see which alerts follow, clear it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli.console import OUT, UsageError
from monitoring.rules.gpus import APPLICATION_XIDS
from rehearsal.chaos.alerting.run import Outcome, Trial, run
from rehearsal.chaos.alerting.scenarios import DEFAULT_XID, SCENARIOS, Subject
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.chaos.fleet import Fleet
from rehearsal.controlplane.client import KubeClient
from rehearsal.monitoring.open_stack import StackMonitoring, open_stack
from rehearsal.monitoring.proxied import ReadError
from rehearsal.sandboxes import DEFAULT_SANDBOX, existing
from rehearsal.stacks import pulumi_cli

Service = Annotated[str, typer.Option("--service", help="A vLLM service of the stack.")]
Stack = Annotated[str, typer.Option("--stack", "-s", help="The platform stack.")]
SandboxName = Annotated[str, typer.Option("--sandbox", help="Which sandbox.")]
Limit = Annotated[float, typer.Option("--for", min=1.0, help="Seconds to wait for the alerts.")]
_LIMIT = 300.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for name, scenario in SCENARIOS.items():
        command = _xid if name == "xid" else _of_service(name)
        followed = ", ".join(sorted(scenario.alerts))
        app.command(name, help=f"{scenario.about} Ends when {followed} fires, with exit code 1 if another alert does.")(
            command
        )


def _of_service(name: str) -> Callable[..., None]:
    def command(
        service: Service, stack: Stack = "dev", sandbox: SandboxName = DEFAULT_SANDBOX, limit: Limit = _LIMIT
    ) -> None:
        _run(name, Subject(service=service), stack, sandbox, limit)

    return command


def _xid(
    node: Annotated[str, typer.Option("--node", help="A node with GPUs; without it, the first.")] = "",
    xid: Annotated[int, typer.Option("--xid", min=1, help="The code.")] = DEFAULT_XID,
    stack: Stack = "dev",
    sandbox: SandboxName = DEFAULT_SANDBOX,
    limit: Limit = _LIMIT,
) -> None:
    _run("xid", Subject(node=node, xid=xid), stack, sandbox, limit)


@contextmanager
def opened(sandbox_name: str, stack: str) -> Iterator[tuple[Stage, StackMonitoring]]:
    """What faults act on, and what shows their alerts.

    Raises:
        ReadError: the stack has no monitoring.
    """
    sandbox = existing(sandbox_name)
    fleet = Fleet(sandbox)
    try:
        with open_stack(sandbox, stack) as monitoring, KubeClient.from_kubeconfig(sandbox.admin_kubeconfig) as client:
            outputs = pulumi_cli.outputs(sandbox, stack, show_secrets=False)
            yield Stage(sandbox=sandbox, stack=stack, client=client, fleet=fleet, outputs=outputs), monitoring
    finally:
        fleet.close()


def _run(name: str, subject: Subject, stack: str, sandbox: str, limit: float) -> None:
    try:
        with opened(sandbox, stack) as (stage, monitoring):
            outcome: Outcome = run(
                Trial(name=name, subject=subject, application_xids=frozenset(APPLICATION_XIDS), limit=limit),
                stage,
                monitoring,
                lambda line: OUT.print(line, markup=False, highlight=False),
            )
    except ReadError as error:
        raise UsageError(str(error)) from None
    if outcome.problems:
        for problem in outcome.problems:
            OUT.print(problem, markup=False)
        raise typer.Exit(1)
