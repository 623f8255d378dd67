"""Burn rates: how fast a service spends the part of its requests that may miss the objective.

Pairs of windows and factors are those of the Google SRE Workbook, chapter "Alerting on SLOs", section "Multiwindow,
Multi-Burn-Rate Alerts" (https://sre.google/workbook/alerting-on-slos/). Its fourth pair, factor 1 over three days, needs
more history than Prometheus keeps here.
"""

from dataclasses import dataclass

from monitoring.rules.rule import Severity

FEWEST_REQUESTS = 10
"""Requests in the short window below which nothing is concluded: one of five that fails is no trend."""


@dataclass(frozen=True, kw_only=True)
class Burn:
    """One pair of windows.

    Attributes:
        factor: How many times faster than allowed the budget is spent; 1 uses it up at the end of the period, 30 days.
        long: The window that decides.
        short: The window that ends the alert soon after the fault has ended.
        severity: Who is called.
    """

    factor: float
    long: str
    short: str
    severity: Severity

    @property
    def windows(self) -> tuple[str, str]:
        """The long window and the short one."""
        return self.long, self.short


FAST = Burn(factor=14.4, long="1h", short="5m", severity="critical")
SLOW = Burn(factor=6, long="6h", short="30m", severity="warning")
STEADY = Burn(factor=3, long="1d", short="2h", severity="warning")
BURNS = (FAST, SLOW, STEADY)
BASE = FAST.short
"""The window whose values are averaged where reading every sample of a long window would cost too much."""


def averaged(record: str, window: str) -> str:
    """The mean of what was recorded of the base window, for a longer one.

    A ratio of two such means, or a quantile of buckets, is that of the whole window if both were recorded at the same times: at
    times without traffic they are zero, at times without the service absent, both of them. A fault shows up half of the base window
    later. A day costs by services then, not by engines, gateway pods and tenants.
    """
    return f'avg_over_time({record}{{window="{BASE}"}}[{window}])'
