"""A line that is the same at every size of the stack."""

from planner.cost.items import HOURS_A_MONTH, Amounts, Item
from planner.cost.prices import UNITS, PriceTable, Rate


def fixed(key: str, what: str, rate: Rate, quantity: float, basis: str, prices: PriceTable) -> Item:
    """The line: a quantity times a price.

    Args:
        key: its name within the stack.
        what: what it is, in words.
        rate: the price; its unit is an hour, or counts for a month.
        quantity: how much of the unit, an hour or a month.
        basis: how the quantity was found.
        prices: what things cost.
    """
    price = prices.rates.get(rate)
    if price is None:
        return Item(key=key, what=what, amounts=None, basis=f"price of {rate} unknown", prices=())
    hourly = quantity * price.usd / (1 if UNITS[rate] == "an hour" else HOURS_A_MONTH)
    return Item(
        key=key,
        what=what,
        amounts=Amounts.fixed(hourly),
        basis=f"{basis}; {price.usd:g} {UNITS[rate]}",
        prices=(price,),
    )
