"""Usage of a team at a platform's gateway: requests, tokens and dollars by day and model."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from gateway.store import usage
from gateway.store.limits import MICROUSD
from gateway.store.usage import Usage
from portal.clock import now
from portal.gateways.tables import Tables
from portal.operations.gateway_access import TeamGateway
from portal.security.spreadsheets import harmless

LONGEST_DAYS: Final = 366
_COLUMNS: Final = ("day", "model", "requests", "prompt_tokens", "completion_tokens", "usd")


class ModelUsage(BaseModel):
    """What was used of a model."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    model: str
    """STACK/SERVICE."""
    requests: int
    prompt_tokens: int
    completion_tokens: int
    usd: float
    """US dollars; 0 where the model has no price."""

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers."""
        return self.prompt_tokens + self.completion_tokens


class UsageView(ModelUsage):
    """What was used of a model on a day."""

    day: str
    """In UTC, such as 2026-11-27."""


class GatewayUsageView(BaseModel):
    """The usage of a team over some days, today included."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    first: str
    """First day, in UTC."""
    last: str
    """Last day, in UTC."""
    usage: list[UsageView]
    """By day, then by model; a day on which nothing was used has none."""


def read(tables: Tables, at: TeamGateway, days: int) -> GatewayUsageView:
    """Return the usage of the last days, today included. Calls AWS: not for a transaction.

    Raises:
        TableAwayError: the table does not answer.
    """
    today = now().date()
    first, last = (today - timedelta(days=days - 1)).isoformat(), today.isoformat()
    hours = tables.call(at.gateway, lambda table: list(usage.read(table, at.team, first, last)))
    return GatewayUsageView(first=first, last=last, usage=_by_day(hours))


def days_of(found: GatewayUsageView) -> list[str]:
    """Every day from the first to the last."""
    first, last = date.fromisoformat(found.first), date.fromisoformat(found.last)
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def as_csv(found: GatewayUsageView) -> str:
    """Usage as a table for spreadsheets: a heading, then a line for each day and model."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in found.usage:
        usd = f"{one.usd:.6f}"
        writer.writerow((one.day, harmless(one.model), one.requests, one.prompt_tokens, one.completion_tokens, usd))
    return out.getvalue()


def _by_day(hours: Iterable[Usage]) -> list[UsageView]:
    grouped: defaultdict[tuple[str, str], list[Usage]] = defaultdict(list)
    for hour in hours:
        grouped[hour.day, hour.model].append(hour)
    found = []
    for (day, model), entries in sorted(grouped.items()):
        sums = usage.total(entries)
        found.append(
            UsageView(
                day=day,
                model=model,
                requests=sums.requests,
                prompt_tokens=sums.prompt_tokens,
                completion_tokens=sums.completion_tokens,
                usd=sums.microusd / MICROUSD,
            )
        )
    return found
