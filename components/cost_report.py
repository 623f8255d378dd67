"""The cost of the stack that is being deployed: info lines in the preview, and the stack output ``cost_estimate``."""

import pulumi

from planner.cost import Estimate
from planner.cost.text import service_lines, stack_line

EXPORT = "cost_estimate"


def report_costs(cost: Estimate) -> None:
    """Log what the stack and each service cost, and export it as plain data."""
    for line in (stack_line(cost), *service_lines(cost)):
        pulumi.log.info(line)
    pulumi.export(EXPORT, cost.summary())
