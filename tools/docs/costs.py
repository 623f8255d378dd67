"""The tables of docs/costs.md and the figures of the README: ``make docs`` writes them."""

import re
from pathlib import Path

from planner.cost import Amounts, Estimate, estimate, list_prices
from planner.cost.prices import UNITS
from planner.cost.text import dollars
from settings.loading.stack_file import read_stack_cost

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "costs.md"
README = ROOT / "README.md"
STACKS = ("dev", "prod")


def of_stack(stack: str) -> Estimate:
    """What a committed stack costs at the shipped prices."""
    return estimate(read_stack_cost(ROOT / f"Pulumi.{stack}.yaml").billable, list_prices())


def with_sections(text: str, sections: dict[str, str]) -> str:
    """``text`` with each section between its two markers ``<!-- NAME -->`` and ``<!-- /NAME -->``.

    Raises:
        LookupError: a marker is missing.
    """
    for name, content in sections.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        found = marks.search(text)
        if not found:
            raise LookupError(f"no <!-- {name} --> and <!-- /{name} --> here")
        text = f"{text[: found.end(1)]}{content}{text[found.start(2) :]}"
    return text


def page() -> str:
    """docs/costs.md."""
    sections = {stack: _stack_table(of_stack(stack)) for stack in STACKS}
    return with_sections(PAGE.read_text(encoding="utf-8"), {**sections, "prices": _price_table()})


def readme() -> str:
    """The README."""
    return with_sections(README.read_text(encoding="utf-8"), {"costs": _paragraph()})


def _stack_table(cost: Estimate) -> str:
    rows = ["| | smallest | deployed | largest | computed from |", "|---|---:|---:|---:|---|"]
    rows += [_row(item.what, item.amounts, item.basis) for item in cost.items]
    rows.append(_row("**an hour**", cost.total, "spot at the on-demand price"))
    rows.append(_row("**a month**", cost.total.per_month, "730 hours"))
    if cost.expected != cost.total:
        rows.append(_row("an hour, spot as assumed", cost.expected, "an assumption, not a promise"))
        rows.append(_row("a month, spot as assumed", cost.expected.per_month, ""))
    rows += ["", "| service | GPUs | an hour | a million output tokens |", "|---|---:|---:|---:|"]
    for one in cost.services:
        hour = "unknown" if one.usd_per_hour is None else dollars(one.usd_per_hour)
        tokens = f"{dollars(one.tokens.usd_low)} to {dollars(one.tokens.usd_high)}" if one.tokens else "unknown"
        rows.append(f"| {one.name} | {one.gpus} | {hour} | {tokens} |")
    return "\n".join([*rows, ""])


def _row(what: str, amounts: Amounts | None, basis: str) -> str:
    cells = (
        [dollars(usd) for usd in (amounts.minimum, amounts.deployed, amounts.maximum)] if amounts else ["unknown"] * 3
    )
    return f"| {what} | {' | '.join(cells)} | {basis} |"


def _price_table() -> str:
    prices = list_prices()
    rows = ["| price | US dollars | | source and date |", "|---|---:|---|---|"]
    rows += [
        f"| `{rate}` | {price.usd:g} | {UNITS[rate]} | {price.origin} |" for rate, price in sorted(prices.rates.items())
    ]
    for origin in sorted({price.origin for price in prices.nodes.values()}):
        count = sum(price.origin == origin for price in prices.nodes.values())
        rows.append(f"| {count} instance types | | an hour | {origin} |")
    return "\n".join([*rows, ""])


def _paragraph() -> str:
    dev, prod = (of_stack(stack) for stack in STACKS)
    return (
        f"At list prices the dev stack is about {dollars(dev.total.deployed)} US dollars an hour as deployed "
        f"({dollars(dev.expected.deployed)} if spot saves {list_prices().spot_discount:.0%}) and "
        f"{dollars(dev.total.maximum)} at its largest, the prod stack {dollars(prod.total.deployed)} and "
        f"{dollars(prod.total.maximum)} (on demand, Linux, us-east-1; prices of {prod.dates}).\n"
    )
