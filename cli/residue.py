"""``llm-platform residue``: what of a stack still exists or bills, after its destroy."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import ERR, OUT, ExitCode, UsageError, plain_table
from cli.stack_cloud import open_cloud
from planner.cost.prices import list_prices

if TYPE_CHECKING:
    from residue.owner import Owner
    from residue.search import Residue


def residue(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack, such as dev; or the path of its file.")],
    project: Annotated[
        Path, typer.Option("--project", help="Folder in the project, where stacks are looked for.")
    ] = Path(),
    region: Annotated[
        str | None, typer.Option("--region", help="AWS region; needed where the stack's file is gone.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what of a destroyed stack still exists or bills in AWS, with cost and the command that removes it.

    Exit 0: nothing, or only what a setting keeps; 1: something is left, or something could not be looked at; 2: usage error.
    """
    owner, found = _search(stack, project, region)
    if as_json:
        typer.echo(json.dumps({"stack": owner.stack, "region": owner.region, **found.as_json()}, indent=2))
    else:
        _show(owner, found)
    raise typer.Exit(ExitCode.REFUSED if found.unwanted or found.unchecked else ExitCode.FITS)


def _search(stack: str, project: Path, region: str | None) -> "tuple[Owner, Residue]":
    # They load boto3 and pydantic, which the other commands do without.
    from preflight.cloud import CloudError  # noqa: PLC0415
    from residue.context import Context  # noqa: PLC0415
    from residue.search import search  # noqa: PLC0415

    found = open_cloud(stack, project, region, takes_region=True)
    try:
        return found.owner, search(Context(owner=found.owner, cloud=found.cloud, prices=list_prices()))
    except CloudError as error:
        raise UsageError(f"AWS does not answer: {error}") from None


def _show(owner: "Owner", found: "Residue") -> None:
    for reason in found.unchecked:
        ERR.print(f"llm-platform: not checked: {reason}", markup=False)
    if not found.resources:
        nothing = "nothing was found, and not all could be looked at," if found.unchecked else "nothing is left"
        OUT.print(f"stack {owner.stack}: {nothing} in {owner.region}", markup=False)
        return
    table = plain_table("what", "id", "USD a month", "found by", "kept by", numbers={"USD a month"})
    for one in found.resources:
        month = "?" if one.usd_per_month is None else f"{one.usd_per_month:,.2f}"
        table.add_row(one.kind, f"{one.id}{f' ({one.detail})' if one.detail else ''}", month, one.found_by, one.kept)
    OUT.print(table)
    OUT.print(f"{found.usd_per_month:,.2f} US dollars a month, where the price is known", markup=False)
    if found.deployed:
        OUT.print(
            f"its cluster is active, so the stack is deployed: `pulumi destroy -s {owner.stack}` removes all of this; where "
            "its state is lost, --json has the commands",
            markup=False,
        )
        return
    if found.unwanted:
        OUT.print("remove, in this order:", markup=False)
    for one in found.unwanted:
        OUT.print(f"  {one.command}", markup=False)
