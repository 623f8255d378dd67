"""``llm-plan cost``: what a stack costs, from its settings, without Pulumi and without AWS."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import ERR, ExitCode, UsageError
from cli.cost_table import print_changes, print_estimate
from cli.options import Prices, with_prices
from cli.stack_settings import read_stack
from planner.cost import (
    BillableStack,
    Estimate,
    PriceTable,
    Usage,
    difference,
    estimate,
    list_prices,
)
from planner.cost.live import LivePricesError, live_prices

if TYPE_CHECKING:
    from settings.loading.stack_file import StackCost

MOST_GIB = 1e9


def cost(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack, such as dev; or the path of its file.")],
    project: Annotated[
        Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")
    ] = Path(),
    prices: Prices = None,
    nat_gib: Annotated[
        float, typer.Option("--nat-gib", min=0, max=MOST_GIB, help="GiB a month through NAT, to count.")
    ] = 0,
    log_gib: Annotated[
        float, typer.Option("--log-gib", min=0, max=MOST_GIB, help="GiB a month of logs, to count.")
    ] = 0,
    compare: Annotated[
        str | None, typer.Option("--compare", help="Stack or file as it was: show what the change costs.")
    ] = None,
    busy: Annotated[float, typer.Option("--busy", help="Share of the time the GPUs decode, for tokens.")] = 1.0,
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the AWS Price List API; needs credentials.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate what a stack costs an hour and a month: at its smallest, as deployed, at its largest.

    Exit 0: estimated; 1: above the stack's own budget; 2: usage error; 3: live prices are unavailable.
    """
    if not 0 < busy <= 1:
        raise UsageError(f"--busy is {busy:g}: a share of the time, above 0 and at most 1")
    read = _read(stack, project)
    usage = Usage(nat_gib_per_month=nat_gib, log_gib_per_month=log_gib)
    shape = replace(read.billable, usage=usage)
    remarks = list(read.remarks)
    table = _prices(read, shape, prices, remarks, live=live)
    computed = estimate(shape, table, today=datetime.now(tz=UTC).date(), busy=busy)
    budget = _budget(read, computed)
    changes = None
    if compare is not None:
        before = estimate(replace(_read(compare, project).billable, usage=usage), table, busy=busy)
        changes = difference(before, computed)
    if as_json:
        found = {**computed.as_dict(), "budget": budget, "remarks": remarks}
        if changes is not None:
            found["changes"] = [change.as_dict() for change in changes]
        # Not through rich, which wraps long lines.
        typer.echo(json.dumps(found, indent=2))
    elif changes is not None:
        print_changes(computed.stack, changes, remarks)
    else:
        print_estimate(computed, budget, remarks)
    if budget and budget["kept"] is False:
        raise typer.Exit(ExitCode.REFUSED)


def _read(stack: str, project: Path) -> "StackCost":
    from settings.loading.stack_file import read_stack_cost  # noqa: PLC0415  loads pydantic, as read_stack does

    return read_stack(stack, project, read_stack_cost, purpose="the cost depends")


def _prices(
    read: "StackCost", shape: BillableStack, path: Path | None, remarks: list[str], *, live: bool
) -> PriceTable:
    """The shipped table; over it what the API says, then the stack's own prices, then the file's."""
    from settings.derived.billable import stack_prices  # noqa: PLC0415  as above

    table = list_prices()
    if live:
        if shape.region is None:
            raise UsageError("--live needs a region, and the stack's is not known: give the platform's stack file")
        names = [name for pool in (*shape.pools, *shape.platform_pools) for name in pool.instance_types]
        try:
            table, missing = live_prices(table, shape.region, names)
        except LivePricesError as error:
            ERR.print(f"llm-plan: {error}", markup=False)
            raise typer.Exit(ExitCode.UNKNOWN) from None
        remarks.append(f"not from the price API, so the shipped prices are used: {', '.join(missing)}")
    return with_prices(path, stack_prices(read.budget, table))


def _budget(read: "StackCost", computed: Estimate) -> dict[str, Any] | None:
    """The budget and whether the stack keeps it at its largest; None if it has none, ``kept`` None if unknown."""
    from settings.validation.budget import most  # noqa: PLC0415  as above

    if read.budget is None:
        return None
    spent = most(computed)
    over = spent > read.budget.usd_per_month
    unknown = computed.gaps or any(one.node_usd_per_hour is None for one in computed.services)
    return {
        "usd_per_month": read.budget.usd_per_month,
        "largest_usd_per_month": round(spent, 2),
        "kept": False if over else None if unknown else True,
    }
