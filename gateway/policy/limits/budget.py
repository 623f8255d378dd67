"""Dollars that a tenant may spend in a day and in a month, in UTC.

The table has what was spent; each policy process reads it about every second while a tenant sends requests, and before the
first one after a pause (`spends`). Between two readings a pod adds what its own
requests may cost at most, so a budget is exceeded by no more than what all pods' requests of that second cost, and by what
was in flight when it was reached.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.policy.answers import RefusalError
from gateway.store.limits import MICROUSD, Limits
from gateway.store.usage import Spend

NOTICE_RATIO = 0.8
"""Part of a budget from which its use is reported."""


@dataclass(slots=True)
class Budgets:
    """One tenant's budgets and what is spent of them, in millionths of a dollar.

    Attributes:
        day: Budget of a day; 0: none.
        month: Budget of a calendar month; 0: none.
        spent_day: Spent today.
        spent_month: Spent this month.
        held: The most that requests in flight may cost.
        unseen_day: Estimate of what engines made today for clients that left before their answers, in requests of this process.
        unseen_month: The same for the month. Neither is usage, so no table has them.
        period: The day that `spent_day` belongs to.
        read_at: When it was read what the table has, by `time.monotonic`.
    """

    day: float = 0.0
    month: float = 0.0
    spent_day: float = 0.0
    spent_month: float = 0.0
    held: float = 0.0
    unseen_day: float = 0.0
    unseen_month: float = 0.0
    period: str = ""
    read_at: float = float("-inf")

    @property
    def limited(self) -> bool:
        """Whether there is any budget."""
        return bool(self.day or self.month)

    def configure(self, limits: Limits) -> None:
        """Take over a tenant's budgets."""
        self.day = float(limits.usd_per_day or 0) * MICROUSD
        self.month = float(limits.usd_per_month or 0) * MICROUSD

    def read(self, spend: Spend, day: str) -> None:
        """Take over what the table has for a day, such as `2026-11-27`.

        The table lacks what is about to be written, this process what other pods spent: the larger one is nearer. What was requested
        before midnight and came after it says nothing of the new day.
        """
        if day < self.period:
            return
        self._turn(day)
        self.read_at = time.monotonic()
        self.spent_day = max(self.spent_day, spend.day)
        self.spent_month = max(self.spent_month, spend.month)

    def settle(self, held: float, microusd: float, unseen: float = 0.0, *, day: str) -> None:
        """A request of `day` has ended that held `held` and cost `microusd`, and `unseen` beside it.

        It belongs to the day on which it began, and that day's month, as in the table: the present ones owe nothing for one before.
        """
        self.held = max(0.0, self.held - held)
        if day == self.period:
            self.spent_day += microusd
            self.unseen_day += unseen
        if day[:7] == self.period[:7]:
            self.spent_month += microusd
            self.unseen_month += unseen

    def _turn(self, day: str) -> None:
        if self.period != day:
            if self.period[:7] != day[:7]:
                self.spent_month = self.unseen_month = 0.0
            self.spent_day, self.unseen_day, self.period = 0.0, 0.0, day

    def check(self, epoch: float, *, with_held: bool = True) -> None:
        """Refuse when a budget is spent.

        Args:
            epoch: Now, in seconds.
            with_held: Count what requests in flight may cost, too.

        Raises:
            RefusalError: 429 `insufficient_quota`, to be tried again when the day or month has ended.
        """
        if not self.limited:
            return
        now = datetime.fromtimestamp(epoch, UTC)
        self._turn(now.strftime("%Y-%m-%d"))
        held = self.held if with_held else 0.0
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if self.month and self.spent_month + self.unseen_month + held >= self.month:
            first = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
            raise _spent("month", self.month, (first - now).total_seconds())
        if self.day and self.spent_day + self.unseen_day + held >= self.day:
            raise _spent("day", self.day, (midnight - now).total_seconds())

    def ratio(self) -> float:
        """The largest part of a budget that is spent; 0 without budgets."""
        return max((spent / budget for _, budget, spent in self._parts()), default=0.0)

    def notice(self) -> str:
        """Text such as `day=83%, month=40%` once 80 % of a budget are spent; empty before."""
        if not self.limited or self.ratio() < NOTICE_RATIO:
            return ""
        return ", ".join(f"{name}={spent / budget:.0%}" for name, budget, spent in self._parts())

    def _parts(self) -> list[tuple[str, float, float]]:
        """The budgets there are: name, budget, and what is used of it."""
        day = ("day", self.day, self.spent_day + self.unseen_day)
        month = ("month", self.month, self.spent_month + self.unseen_month)
        return [each for each in (day, month) if each[1]]


def _spent(period: str, budget: float, wait: float) -> RefusalError:
    message = f"The budget of ${budget / MICROUSD:,.2f} a {period} is spent."
    return RefusalError(429, "insufficient_quota", message, retry_after=wait)
