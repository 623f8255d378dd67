"""The log of a database that does not answer: a line when that begins, for each reason, and one when it is over."""

import logging
import threading
import time

_LOG = logging.getLogger(__name__)


class Outage:
    """What is known of it; any thread may report."""

    def __init__(self) -> None:
        """The database answers, as far as is known."""
        self._lock = threading.Lock()
        self._reasons: set[str] = set()
        self._since = 0.0

    def began(self, error: Exception) -> None:
        """Log why the database cannot be used, unless that is in the log since it last answered."""
        reason = reason_of(error)
        with self._lock:
            known = reason in self._reasons
            self._since = self._since if self._reasons else time.monotonic()
            self._reasons.add(reason)
        if not known:
            _LOG.error(
                "the database cannot be used: %s; requests get 503 and jobs wait until it answers: start it, or give it room",
                reason,
            )

    def ended(self) -> None:
        """Log that the database answers again; nothing where it did before."""
        with self._lock:
            was, self._reasons = bool(self._reasons), set()
        if was:
            _LOG.info("the database answers again, after %.0f s", time.monotonic() - self._since)


def reason_of(error: Exception) -> str:
    """Return the first line of what the driver said; without a statement and its values, which may be anybody's."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
