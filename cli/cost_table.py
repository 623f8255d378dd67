"""An estimate as people read it in a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.console import OUT
from planner.cost import Amounts, Change, Estimate
from planner.cost.items import total
from planner.cost.text import dollars, service_lines

_SIZES = ("smallest", "deployed", "largest")
UNKNOWN = "unknown"
_ROOM_FOR_BASIS = 120
"""Columns of the terminal from which on a table also shows how each line was computed."""


def print_estimate(cost: Estimate, budget: dict[str, Any] | None, remarks: Sequence[str]) -> None:
    """Print the lines, the sums, the services, and what people should know of the figures."""
    parts: list[RenderableType] = [_lines(cost), ""]
    parts += [Text(line) for line in service_lines(cost)]
    if budget:
        verdict = {True: "kept", False: "exceeded", None: "unknown, a price is missing"}[budget["kept"]]
        amounts = f"{dollars(budget['largest_usd_per_month'])} of {dollars(budget['usd_per_month'])} USD a month"
        parts.append(Text(f"budget: {verdict}: {amounts}"))
    for title, lines in (
        ("Not counted", cost.not_counted),
        ("Unknown, give it with --prices", cost.gaps),
        ("Notes", cost.notes),
        ("Remarks", remarks),
        ("Prices", cost.sources),
    ):
        if lines:
            parts += ["", Text(title, style="bold"), *(Text(f"  {line}") for line in lines)]
    OUT.print(Group(*parts), soft_wrap=False)


def print_changes(stack: str, changes: Sequence[Change], remarks: Sequence[str]) -> None:
    """Print what a change adds and removes."""
    if changes:
        table = _sized(f"Stack {stack}: what the change adds, US dollars at list price")
        for change in changes:
            cells = _signed(change.amounts if change.known else None)
            what = change.what if change.kind == "changed" else f"{change.what} ({change.kind})"
            table.add_row(what, *cells)
        table.add_section()
        table.add_row("All", *_signed(total(one.amounts for one in changes if one.known)), style="bold")
        OUT.print(table, soft_wrap=False)
    else:
        OUT.print(Text(f"stack {stack} costs what it did"))
    for line in remarks:
        OUT.print(Text(f"remark: {line}"))


def _lines(cost: Estimate) -> Table:
    """Every line, and the sums."""
    where = f", {cost.region}" if cost.region else ""
    title = f"Stack {cost.stack}{where}: US dollars, {cost.priced}"
    table = _sized(title)
    if OUT.width >= _ROOM_FOR_BASIS:
        table.add_column("computed from", overflow="fold")
    for item in cost.items:
        _add(table, item.what, _cells(item.amounts), item.basis)
    table.add_section()
    _add(table, "All at list price", _cells(cost.total), "spot at the on-demand price", style="bold")
    if cost.expected != cost.total:
        _add(table, "With spot as assumed", _cells(cost.expected), "an assumption, not a promise")
    if cost.occupied and not any(item.key.startswith("pools.") for item in cost.items):
        share = _cells(Amounts.fixed(cost.occupied))
        _add(table, "Its share of the platform's GPUs", share, "on the platform's bill, not in the sum")
    return table


def _sized(title: str) -> Table:
    """A table of lines at each size, an hour and a month."""
    table = Table(title=title, expand=False)
    table.add_column("", overflow="fold")
    for unit in ("an hour", "a month"):
        for size in _SIZES:
            table.add_column(f"{size}\n{unit}", justify="right", no_wrap=True)
    return table


def _add(table: Table, what: str, cells: Sequence[str], basis: str, style: str | None = None) -> None:
    """A line, with its basis where the table has room for one."""
    row = (what, *cells, basis)
    table.add_row(*row[: len(table.columns)], style=style)


def _cells(amounts: Amounts | None) -> list[str]:
    if amounts is None:
        return [UNKNOWN] * 6
    sized = (amounts, amounts.per_month)
    return [dollars(usd) for one in sized for usd in (one.minimum, one.deployed, one.maximum)]


def _signed(amounts: Amounts | None) -> list[str]:
    return [cell if cell.startswith("-") or cell in {UNKNOWN, "0.00"} else f"+{cell}" for cell in _cells(amounts)]
