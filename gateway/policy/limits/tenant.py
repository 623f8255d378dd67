"""State of one tenant's limits in a policy process, and the reservations of its requests."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.config import Limits as Defaults
from gateway.policy.answers import RefusalError
from gateway.policy.limits.bucket import SharedBucket
from gateway.policy.limits.budget import Budgets
from gateway.store.limits import Limits

TOKENS_WINDOW = 60.0
"""Seconds of the limit of tokens."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A tenant's limits with the gateway's defaults in them."""

    requests_per_second: float
    tokens_per_minute: int
    concurrent_requests: int

    @classmethod
    def of(cls, limits: Limits, defaults: Defaults) -> "Allowed":
        """The tenant's own limits, and the gateway's where it has none."""
        own = limits.requests_per_second
        return cls(
            float(own) if own is not None else defaults.requests_per_second,
            limits.tokens_per_minute or defaults.tokens_per_minute,
            limits.concurrent_requests or defaults.concurrent_requests,
        )


@dataclass(frozen=True, slots=True)
class Unseen:
    """What an engine may have made and no client got: tokens, and their cost in millionths of a dollar."""

    tokens: int = 0
    microusd: float = 0.0


_NOTHING = Unseen()


@dataclass(slots=True)
class Reservation:
    """What a request has taken of its tenant's limits until its answer has ended."""

    tenant: "TenantState"
    tokens: int
    microusd: float
    day: str
    settled: bool = False

    def settle(self, tokens: int, microusd: float = 0.0, unseen: Unseen = _NOTHING) -> None:
        """Return what was not used; further calls change nothing.

        Args:
            tokens: Tokens that the request used; more than were reserved are taken now.
            microusd: What they cost, in millionths of a dollar.
            unseen: What it may have used beside that. With it at most what was reserved counts.
        """
        if not self.settled:
            self.settled = True
            self.tenant.touch()
            self.tenant.in_flight -= 1
            more = min(unseen.microusd, max(0.0, self.microusd - microusd))
            self.tenant.budgets.settle(self.microusd, microusd, more, day=self.day)
            used = max(tokens, min(self.tokens, tokens + unseen.tokens))
            self.tenant.tokens.give(self.tokens - used)


class TenantState:
    """Limits of one tenant.

    Of concurrent requests each pod admits its share, rounded up, so all pods together admit at most `pods - 1` more than
    the limit. A process that takes over from a killed one begins with none in flight: until the answers of the killed one
    have ended, twice as many may run.
    """

    def __init__(self, name: str, allowed: Allowed, pods: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self.allowed, self.pods = name, allowed, pods
        self._clock = clock
        self.requests = SharedBucket(allowed.requests_per_second, _burst(allowed), pods, clock)
        self.tokens = SharedBucket(allowed.tokens_per_minute / TOKENS_WINDOW, allowed.tokens_per_minute, pods, clock)
        self.budgets = Budgets()
        self.in_flight = 0
        self.used_at = clock()
        """When its last request came, or its last answer ended."""

    def configure(self, allowed: Allowed, pods: int) -> None:
        """Take over changed limits or a changed number of pods."""
        self.allowed, self.pods = allowed, pods
        self.requests.configure(allowed.requests_per_second, _burst(allowed), pods)
        self.tokens.configure(allowed.tokens_per_minute / TOKENS_WINDOW, allowed.tokens_per_minute, pods)

    def touch(self) -> None:
        """Count the tenant as active from now on: its counters are exchanged with other pods, what an answer gives back too."""
        self.used_at = self._clock()

    @property
    def most_in_flight(self) -> int:
        """Requests that this pod may have in flight."""
        return math.ceil(self.allowed.concurrent_requests / self.pods)

    def take_request(self, *, admitted: bool = False) -> None:
        """Take a request of the limit of requests a second, whatever becomes of it.

        Args:
            admitted: It was admitted before, by a process that has ended: it is taken without a look at the limit.

        Raises:
            RefusalError: the limit does not allow it now.
        """
        self.touch()
        if not admitted and (wait := self.requests.wait(1)):
            raise self._refusal(f"Limit of {self.allowed.requests_per_second:g} requests a second.", wait)
        self.requests.take(1)

    def reserve(self, tokens: int, microusd: float, *, admitted: bool = False) -> Reservation:
        """Take a request's part of every other limit, or none.

        Args:
            tokens: The most that it may use.
            microusd: The most that it may cost, in millionths of a dollar.
            admitted: It was admitted before, by a process that has ended: its part is taken without a look at the limits.

        Raises:
            RefusalError: a limit does not allow it now.
        """
        self.touch()
        wanted = min(tokens, self.allowed.tokens_per_minute)
        if not admitted:
            self._check(wanted)
        self.tokens.take(wanted)
        self.in_flight += 1
        self.budgets.held += microusd
        return Reservation(self, wanted, microusd, self.budgets.period)

    def _check(self, tokens: int) -> None:
        allowed = self.allowed
        if self.in_flight >= self.most_in_flight:
            raise self._refusal(f"Limit of {allowed.concurrent_requests} concurrent requests.", 1.0)
        if wait := self.tokens.wait(tokens):
            message = f"Limit of {allowed.tokens_per_minute} tokens a minute; this request reserves {tokens}."
            raise self._refusal(message, wait)
        self.budgets.check(time.time())

    def headers(self) -> dict[str, str]:
        """The headers of an answer that report limits, as OpenAI's API names them."""
        allowed = self.allowed
        requests, requests_reset = self.requests.left()
        tokens, tokens_reset = self.tokens.left()
        found = {
            "x-ratelimit-limit-requests": f"{_burst(allowed):g}",
            "x-ratelimit-remaining-requests": str(requests),
            "x-ratelimit-reset-requests": f"{requests_reset:.3g}s",
            "x-ratelimit-limit-tokens": str(allowed.tokens_per_minute),
            "x-ratelimit-remaining-tokens": str(tokens),
            "x-ratelimit-reset-tokens": f"{tokens_reset:.3g}s",
        }
        if used := self.budgets.notice():
            found["x-budget-used"] = used
        return found

    def _refusal(self, message: str, wait: float) -> RefusalError:
        return RefusalError(429, "rate_limit_exceeded", message, headers=self.headers(), retry_after=wait)


def _burst(allowed: Allowed) -> float:
    return max(1.0, allowed.requests_per_second)
