"""What the program tells of its own cost: info lines in the preview, and the export ``cost_estimate``."""

import pulumi

from planner.cost import BillableStack, Estimate, estimate
from planner.cost.text import service_lines, stack_line
from settings import clock
from settings.derived.billable import platform_shape, stack_prices, team_shape
from settings.loading.stack import PlatformSettings, TeamSettings

EXPORT = "cost_estimate"


def shape_of(settings: PlatformSettings | TeamSettings, stack: str) -> BillableStack:
    """What of the stack costs money."""
    if isinstance(settings, TeamSettings):
        return team_shape(stack=stack, platform=settings.platform, facts=settings.facts, services=settings.services)
    return platform_shape(
        stack=stack,
        region=settings.region,
        kubernetes=settings.cluster.version,
        extended_support=settings.cluster.support_type == "EXTENDED",
        network=settings.network,
        pools=settings.pools,
        facts=settings.facts.pools,
        services=settings.services,
    )


def estimate_of(settings: PlatformSettings | TeamSettings, stack: str) -> Estimate:
    """What the stack costs, at list prices and its own."""
    return estimate(shape_of(settings, stack), stack_prices(settings.budget), today=clock.today())


def report_costs(settings: PlatformSettings | TeamSettings) -> None:
    """Tell what the stack and each service cost, and export it as plain data."""
    cost = estimate_of(settings, pulumi.get_stack())
    for line in (stack_line(cost), *service_lines(cost)):
        pulumi.log.info(line)
    pulumi.export(EXPORT, cost.summary())
