"""The DynamoDB tables of the platforms' gateways: opened once, and not waited for again right after one did not answer."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from gateway.store.table import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS, Table, TableError
from portal import aws_sessions
from portal.errors import ConflictError
from portal.platforms import Gateway

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_AWAY_SECONDS: Final = 5.0
"""So long a failure counts: a page must not wait for the timeout of each call after the other."""
_CONFIG: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    max_pool_connections=16,
)


class TableAwayError(ConflictError):
    """The table did not answer; a write may have been made."""


class Tables:
    """Tables by gateway."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Open nothing yet.

        Args:
            environment: Where credentials and addresses of AWS are taken from, as ``aws_sessions.session`` does.
        """
        self._environment = environment
        self._tables: dict[Gateway, Table] = {}
        self._away: dict[Gateway, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def call(self, gateway: Gateway, work: Callable[[Table], _T]) -> _T:
        """Return what ``work`` makes of a gateway's table; takes some seconds at most for each of its calls.

        Raises:
            TableAwayError: the table does not answer, or did not a moment ago.
        """
        until, problem = self._away.get(gateway, (0.0, ""))
        if time.monotonic() < until:
            raise TableAwayError(problem)
        try:
            return work(self._table(gateway))
        except (TableError, BotoCoreError, ClientError) as error:
            _LOG.warning("the gateway of %s: %s: %s", gateway.platform, type(error).__name__, _line(error))
            problem = (
                f"the gateway's table {gateway.table} of {gateway.platform} does not answer the portal "
                f"({_reason(error)}): try again in a moment; the portal's log has the reason"
            )
            self._away[gateway] = time.monotonic() + _AWAY_SECONDS, problem
            raise TableAwayError(problem) from None

    def _table(self, gateway: Gateway) -> Table:
        with self._lock:  # making clients of one session at the same time is not safe
            if gateway not in self._tables:
                client = aws_sessions.client(self._environment, "dynamodb", gateway.role, gateway.region, _CONFIG)
                self._tables[gateway] = Table(gateway.table, client)
            return self._tables[gateway]


def _reason(error: Exception) -> str:
    """The kind of failure without AWS's own text, which may name accounts and roles: ``query: AccessDeniedException``."""
    if isinstance(error, TableError):
        return ": ".join(str(error).split(": ")[1:3])
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__


def _line(error: Exception) -> str:
    """The text of a failure for the log; an error of botocore's own may hold a header with credentials."""
    return " ".join(str(error).split())[:300] if isinstance(error, TableError | ClientError) else ""
