"""Rate limits by the `limits` library, in the portal's memory."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from portal.errors import TooManyError
from portal.settings import PortalSettings


class Limits:
    """The portal's rate limits."""

    def __init__(self, settings: PortalSettings) -> None:
        """Read them from the settings, such as ``10/minute``."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._sign_in = parse(settings.sign_in_rate)
        self._write = parse(settings.write_rate)
        self._refusals = parse(settings.logged_refusals_rate)

    def sign_in(self, address: str) -> None:
        """Count a try to sign in.

        Raises:
            TooManyError: too many from this address.
        """
        self._hit(self._sign_in, "sign-in", address)

    def write(self, who: str) -> None:
        """Count a changing request.

        Raises:
            TooManyError: too many by this person or address.
        """
        self._hit(self._write, "write", who)

    def may_log_refusal(self, address: str) -> bool:
        """Whether another refusal of this address goes into the audit log: a flood must not fill the disk."""
        return self._limiter.hit(self._refusals, "refusal", address)

    def _hit(self, limit: RateLimitItem, what: str, who: str) -> None:
        if not self._limiter.hit(limit, what, who):
            seconds = math.ceil(max(1.0, self._limiter.get_window_stats(limit, what, who).reset_time - time.time()))
            raise TooManyError(f"too many requests: {limit} is the limit; try again in {seconds} s", seconds)
