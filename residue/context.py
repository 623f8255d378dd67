"""What every finder reads with: the stack, AWS, and prices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.cost.items import HOURS_A_MONTH
from planner.cost.prices import PriceTable, Rate
from preflight.cloud import Cloud
from residue.owner import Owner


@dataclass(frozen=True, kw_only=True)
class Context:
    """A stack, the account it was in, and prices."""

    owner: Owner
    """The stack."""
    cloud: Cloud
    """AWS, in the stack's region."""
    prices: PriceTable
    """List prices."""

    def month(self, rate: Rate, quantity: float = 1) -> float | None:
        """A month of so many of something billed by the hour, in US dollars; None where its price is unknown."""
        price = self.prices.rates.get(rate)
        return None if price is None else price.usd * quantity * HOURS_A_MONTH

    def stored(self, rate: Rate, gib: float) -> float | None:
        """A month of so many GiB, in US dollars; None where its price is unknown."""
        price = self.prices.rates.get(rate)
        return None if price is None else price.usd * gib

    def command(self, service: str, operation: str, *arguments: str) -> str:
        """A command of the AWS CLI in the stack's region."""
        return " ".join(("aws", service, operation, "--region", self.owner.region, *arguments))

    def listed(self, service: str, operation: str, key: str, **parameters: object) -> Iterator[dict[str, Any]]:
        """The items below ``key`` of all pages of an answer.

        Raises:
            CloudError: AWS did not answer, or refused.
        """
        yield from self.cloud.pages(service, operation, key, **parameters)
