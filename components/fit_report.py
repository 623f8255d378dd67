"""Memory and cold start of each service, as the planner estimates them: info lines in the preview."""

from collections.abc import Iterator, Mapping

import pulumi

from settings.derived.coldstart import service_starts, start_line
from settings.derived.plan import StackPlan
from settings.models.services.base import ServiceSettings
from settings.validation.kinds import KINDS


def fit_lines(services: Mapping[str, ServiceSettings], plan: StackPlan) -> Iterator[str]:
    """One line for each service whose memory the planner estimates; warnings report the others."""
    for name, service in services.items():
        if line := KINDS[service.kind].fit_line(name, service, plan):
            yield line


def start_lines(services: Mapping[str, ServiceSettings], plan: StackPlan) -> Iterator[str]:
    """One line for each service whose cold start the planner predicts."""
    for name, starts in service_starts(services, plan.facts.pools).items():
        if line := start_line(name, starts):
            yield line


def report_fits(services: Mapping[str, ServiceSettings], plan: StackPlan) -> None:
    """Log the lines."""
    for line in (*fit_lines(services, plan), *start_lines(services, plan)):
        pulumi.log.info(line)
