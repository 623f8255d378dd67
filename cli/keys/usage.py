"""``llm-platform keys usage``: requests, tokens and cost of a month."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import OUT, UsageError, plain_table
from cli.keys.access import AsJson, Project, Stack, gateway_of

if TYPE_CHECKING:
    from gateway.store.monthly import Row

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


def usage(
    stack: Stack,
    month: Annotated[
        str | None, typer.Option("--month", help="Month in UTC, such as 2026-11; default: this one.")
    ] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="This tenant only.")] = None,
    project: Project = Path(),
    *,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV by day, as in the bucket's gateway/usage/YYYY-MM.csv.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Usage of a month by tenant, team and model; the cost is that of models with a price.

    Usage is kept for 13 months. Exit 0: printed; 2: usage error.
    """
    from gateway.store import monthly, tenants  # noqa: PLC0415  boto3, which the other commands do without

    if csv and as_json:
        raise UsageError("--csv and --json are two forms of the answer: give one of them")
    month = month or f"{datetime.now(UTC):%Y-%m}"
    if not _MONTH.fullmatch(month):
        raise UsageError(f"--month {month[:30]!r} is not a month: write it like 2026-11")
    with gateway_of(stack, project) as gateway:
        found = list(monthly.rows(gateway.table, month, of=None if tenant is None else [tenant]))
        if tenant is not None and not found and tenant not in tenants.ever_named(gateway.table):
            raise UsageError(f"there was never a tenant {tenant}: `llm-platform keys tenants list` shows them")
    if csv:
        typer.echo(monthly.as_csv(found), nl=False)
    elif as_json:
        typer.echo(json.dumps([_plain(row) for row in found], indent=2))
    elif not found:
        OUT.print(f"no usage in {month}", markup=False)
    else:
        _show(found)


def _plain(row: "Row") -> dict[str, object]:
    return {key: value for key, value in asdict(row).items() if key != "microusd"} | {"usd": row.usd}


def _show(found: Iterable["Row"]) -> None:
    numbers = ("requests", "prompt tokens", "completion tokens", "USD")
    shown = plain_table("tenant", "team", "model", *numbers, numbers=numbers)

    def place(row: "Row") -> tuple[str, str, str]:
        return row.tenant, row.team, row.model

    for (tenant, team, model), same in groupby(sorted(found, key=place), key=place):
        rows = list(same)
        counts = (sum(row.requests for row in rows), sum(row.prompt_tokens for row in rows))
        completion, usd = sum(row.completion_tokens for row in rows), sum(row.microusd for row in rows) / 1e6
        shown.add_row(tenant, team or "-", model, *(f"{each:,}" for each in (*counts, completion)), f"{usd:,.2f}")
    OUT.print(shown)
