"""Reservations of a policy process, and their settlement when the access log reports the end of an answer.

A line belongs to a reservation by the decision that it brings back. A client may leave in the moment in which its decision
is on the way: then the line has none, and the request's ID finds the reservation. It finds it too where the line has the decision
of the other process, to which Envoy turned when this one did not answer in time.
"""

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from gateway.policy import metrics
from gateway.policy.accounts.entries import Ended, mark, parse
from gateway.policy.accounts.tail import Tail
from gateway.policy.limits.tenant import Reservation, Unseen


@dataclass(slots=True)
class _Open:
    reservation: Reservation
    request: str
    model: str
    since: float
    sent: bool = False


class Reservations:
    """What requests in flight have taken of their tenants' limits."""

    def __init__(self, log: Path) -> None:
        """Settle by the access log `log`, from its next line on."""
        self.process = secrets.token_hex(4)
        self._mark = f'"{mark(self.process)}'.encode()
        self._tail = Tail.at_end(log)
        self._numbers = itertools.count(1)
        self._open: dict[int, _Open] = {}
        self._requests: dict[str, int] = {}
        self.some = asyncio.Event()
        """Set while there are any."""

    def __len__(self) -> int:
        return len(self._open)

    def add(self, reservation: Reservation, request: str, model: str) -> int:
        """Keep a reservation; return its number. An earlier one of the same request, whose decision Envoy never got, is over."""
        if (earlier := self._requests.get(request)) is not None:
            self.remove(earlier)
        number = next(self._numbers)
        self._open[number] = _Open(reservation, request, model, time.monotonic())
        if request:
            self._requests[request] = number
        self.some.set()
        return number

    def sent(self, number: int) -> None:
        """Count a request as in flight: it goes to an engine now. One that is settled already is over, and does not count."""
        found = self._open.get(number)
        if found is not None and not found.sent:
            found.sent = True
            metrics.in_flight(found.model).inc()

    def remove(self, number: int, ended: Ended | None = None) -> None:
        """Settle a reservation, with what was used; one that is not there is none of this process, or settled."""
        found = self._open.pop(number, None)
        if found is None:
            return
        if not self._open:
            self.some.clear()
        if self._requests.get(found.request) == number:
            del self._requests[found.request]
        if found.sent:
            metrics.in_flight(found.model).dec()
        if ended is None:
            found.reservation.settle(0)
        else:
            unseen = Unseen(ended.unseen_prompt_tokens + ended.unseen_tokens, ended.unseen_microusd)
            found.reservation.settle(ended.tokens, ended.microusd, unseen)

    def forget(self, seconds: float) -> None:
        """Settle what is older than so many seconds: an Envoy that was killed reports the end of none of its requests."""
        before = time.monotonic() - seconds
        for number in [number for number, each in self._open.items() if each.since < before]:
            self.remove(number)

    def poll(self) -> None:
        """Settle what the log has reported since the last call, at most some megabytes of it.

        Raises:
            OSError: the log cannot be read.
        """
        for line in self._tail.read():
            self._line(line)

    def _line(self, line: bytes) -> None:
        mine = self._mark in line
        if not mine and not self._requests:
            return  # nothing of this process is in flight: it stands by
        try:
            ended = parse(line)
        except ValueError:
            return  # the ledger, which reads every line too, reports it
        if mine and ended.decision and ended.decision.process == self.process:
            self._observe(ended)
            self.remove(ended.decision.number, ended)
        elif (number := self._requests.get(ended.request)) is not None:
            self.remove(number)

    @staticmethod
    def _observe(ended: Ended) -> None:
        assert ended.decision is not None  # noqa: S101 - the caller has looked
        model = ended.decision.model
        metrics.duration(model).observe(ended.seconds)
        if ended.first_seconds is not None and ended.answered:
            metrics.first_token(model).observe(ended.first_seconds)
