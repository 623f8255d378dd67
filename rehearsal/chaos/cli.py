"""``rehearse chaos``: failures of AWS in a sandbox, and what follows them."""

# ruff: noqa: FBT002 - a flag of the command line is a parameter with a default: that is how typer reads it
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli.console import OUT, UsageError
from rehearsal.aws.karpenter.shortages import CAPACITY_TYPES, Shortage
from rehearsal.chaos.alerting import cli as alerting
from rehearsal.chaos.failures import WATCH_SECONDS, Failures
from rehearsal.chaos.fleet import Fleet
from rehearsal.chaos.watch import Watch
from rehearsal.controlplane.client import KubeClient
from rehearsal.sandboxes import DEFAULT_SANDBOX, existing

app = typer.Typer(
    no_args_is_help=True,
    help="Failures in a sandbox: of AWS (spot reclaims, missing capacity, lost nodes), and faults that set alerts off.",
)

NOTICE_SECONDS = 120.0
"""Time between the interruption warning of EC2 and the reclaim (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html)."""
_SPELLED = {"spot": "spot", "on-demand": "on-demand", "on_demand": "on-demand"}

SandboxName = Annotated[str, typer.Option("--sandbox", help="Which sandbox.")]
Pool = Annotated[str, typer.Option("--pool", help="A node pool, as its nodes are labelled.")]
Watched = Annotated[bool, typer.Option("--watch", help=f"Report what follows, at most {WATCH_SECONDS:.0f} s.")]
Zone = Annotated[str, typer.Option("--zone", help="A zone, such as us-east-1a.")]


@app.command("spot-notice")
def spot_notice(
    pool: Pool,
    node: Annotated[str, typer.Option("--node", help="Name of one of its nodes; else the oldest.")] = "",
    notice: Annotated[float, typer.Option("--notice", min=0.0, help="Seconds until EC2 takes it.")] = NOTICE_SECONDS,
    watch: Watched = False,
    sandbox: SandboxName = DEFAULT_SANDBOX,
) -> None:
    """Announce to a spot node that EC2 takes it back, and take it back when the notice is over."""
    _run(sandbox, watch, lambda failures: failures.spot_notice(pool, notice, node))


@app.command("no-capacity")
def no_capacity(
    pool: Annotated[str, typer.Option("--pool", help="Launches of this node pool only.")] = "",
    instance_type: Annotated[str, typer.Option("--type", help="This instance type only.")] = "",
    zone: Zone = "",
    capacity_type: Annotated[str, typer.Option("--capacity-type", help="spot or on-demand only.")] = "",
    clear: Annotated[
        bool, typer.Option("--clear", help="Give capacity again; without further options all of it.")
    ] = False,
    watch: Watched = False,
    sandbox: SandboxName = DEFAULT_SANDBOX,
) -> None:
    """Let launches fail for want of capacity until it is cleared."""
    if capacity_type and capacity_type not in _SPELLED:
        raise UsageError(f"--capacity-type {capacity_type}: is not one of {', '.join(CAPACITY_TYPES)}")
    kind = _SPELLED.get(capacity_type, "")
    shortage = Shortage(pool=pool, type=instance_type, zone=zone, capacity_type=kind)
    if shortage == Shortage() and not clear:
        raise UsageError("name what lacks capacity: --pool, --type, --zone or --capacity-type")
    _run(sandbox, watch, lambda failures: failures.clear(shortage) if clear else failures.no_capacity(shortage))


@app.command("node-failure")
def node_failure(
    node: Annotated[str, typer.Option("--node", help="Name of a node.")] = "",
    pool: Annotated[str, typer.Option("--pool", help="Instead of a name: the first node of a pool.")] = "",
    watch: Watched = False,
    sandbox: SandboxName = DEFAULT_SANDBOX,
) -> None:
    """Stop a node's kubelet and all its processes."""
    if bool(node) == bool(pool):
        raise UsageError("name one node: --node NAME, or --pool POOL for the first of a pool")

    def fail(failures: Failures) -> bool:
        nodes = failures.fleet.of_pool(pool) if pool else failures.fleet.nodes()
        found = [one for one in nodes if not one.failed and node in ("", one.name)]
        if not found:
            raise UsageError(f"{'--pool ' + pool if pool else '--node ' + node}: no such node runs")
        return failures.node_failure(found[:1])

    _run(sandbox, watch, fail)


@app.command("zone-loss")
def zone_loss(zone: Zone, watch: Watched = False, sandbox: SandboxName = DEFAULT_SANDBOX) -> None:
    """Fail all nodes of a zone, and all launches there."""
    _run(sandbox, watch, lambda failures: failures.zone_loss(zone))


alerting.register(app)


@contextmanager
def _failures(sandbox_name: str, wait: bool) -> Iterator[Failures]:  # noqa: FBT001 - from a flag
    sandbox = existing(sandbox_name)
    fleet = Fleet(sandbox)
    try:
        with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig) as client:
            report: Callable[[str], None] = lambda line: OUT.print(line, markup=False, highlight=False)  # noqa: E731
            yield Failures(fleet, Watch(client, report), wait)
    finally:
        fleet.close()


def _run(sandbox_name: str, wait: bool, happen: Callable[[Failures], bool]) -> None:  # noqa: FBT001 - from a flag
    with _failures(sandbox_name, wait) as failures:
        if not happen(failures):
            OUT.print(f"not within {WATCH_SECONDS:.0f} s; see `rehearse status`", markup=False)
            raise typer.Exit(1)
