"""What every finder reads with: the stack, AWS, and prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.cost.items import HOURS_A_MONTH
from planner.cost.prices import PriceTable, Rate
from preflight.cloud import Cloud
from residue.owner import Owner, as_mapping


@dataclass(frozen=True, kw_only=True)
class Context:
    """A stack, the account it was in, and prices."""

    owner: Owner
    """The stack."""
    cloud: Cloud
    """AWS, in the stack's region."""
    prices: PriceTable
    """List prices."""

    def by_the_month(self, rate: Rate, quantity: float = 1) -> float | None:
        """A month of so many GiB or pieces billed by the month, in US dollars; None where the price is unknown."""
        price = self.prices.rates.get(rate)
        return None if price is None else price.usd * quantity

    def by_the_hour(self, rate: Rate, quantity: float = 1) -> float | None:
        """A month of so many pieces billed by the hour, in US dollars; None where the price is unknown."""
        return self.by_the_month(rate, quantity * HOURS_A_MONTH)

    def found_by(self, item: Mapping[str, Any]) -> str | None:
        """The tag by which an item of an answer is the stack's; EC2 has tags below ``Tags``, of interfaces below ``TagSet``."""
        return self.owner.found_by(as_mapping(item.get("Tags") or item.get("TagSet")))

    def command(self, service: str, operation: str, *arguments: str) -> str:
        """A command of the AWS CLI in the stack's region."""
        return " ".join(("aws", service, operation, "--region", self.owner.region, *arguments))
