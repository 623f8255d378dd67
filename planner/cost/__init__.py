"""What a stack costs: from its shape and a dated table of prices, without a Pulumi import.

A :class:`BillableStack` (plain data) and a :class:`PriceTable` make an :class:`Estimate`::

    cost = estimate(shape, list_prices())
    cost.total.maximum * HOURS_A_MONTH      # US dollars a month, every pool at its largest
    difference(before, after)               # what a change adds and takes away, line by line
"""

from planner.cost.billable import (
    BillableGateway,
    BillableMonitoring,
    BillablePool,
    BillableService,
    BillableStack,
    Disk,
    NodeLimit,
    Usage,
)
from planner.cost.difference import Change, accrued, difference
from planner.cost.estimate import estimate
from planner.cost.items import HOURS_A_MONTH, Amounts, Estimate, Item, ServiceCost
from planner.cost.price_file import PriceFileError, read_prices
from planner.cost.prices import Price, PriceTable, Rate, list_prices
from planner.cost.services import service_cost
from planner.cost.tokens import TokenCost

__all__ = [
    "HOURS_A_MONTH",
    "Amounts",
    "BillableGateway",
    "BillableMonitoring",
    "BillablePool",
    "BillableService",
    "BillableStack",
    "Change",
    "Disk",
    "Estimate",
    "Item",
    "NodeLimit",
    "Price",
    "PriceFileError",
    "PriceTable",
    "Rate",
    "ServiceCost",
    "TokenCost",
    "Usage",
    "accrued",
    "difference",
    "estimate",
    "list_prices",
    "read_prices",
    "service_cost",
]
