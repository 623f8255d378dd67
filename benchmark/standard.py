"""The standard benchmark: both workloads, one after the other, each after its warm-up."""

from collections.abc import Sequence

from benchmark.measure import BUSY, TIMEOUT_SECONDS, Loop, Progress, Run, measure, warmed
from benchmark.workloads import chat, synthetic
from load import Target

_LATE_SECONDS = 0.05
"""A client that sends later than this measures itself."""


def run_standard(
    targets: Sequence[Target], note: Progress, *, loop: Loop | None = None, timeout: float = TIMEOUT_SECONDS
) -> list[Run]:
    """Measure both workloads.

    Args:
        targets: Addresses, taken in turn.
        note: Called with what is being done, and with what a reader of the figures must know.
        loop: How requests are sent; default 100 requests, 10 at once.
        timeout: Seconds after which the client gives a request up.

    Raises:
        NoAnswerError: no request of a warm-up succeeded.
    """
    loop = loop or Loop()
    runs = []
    for given in (chat(), synthetic()):
        note(f"{given.name}: warm-up")
        workload = warmed(targets, given, timeout, note)
        note(f"{given.name}: {_described(loop)}")
        run = measure(targets, workload, loop, timeout)
        if run.late > _LATE_SECONDS:
            note(f"{given.name}: requests were sent late by {run.late:.2f} s (p99): this machine is too busy")
        elif run.busy > BUSY:
            note(
                f"{given.name}: the client computed for {run.busy:.0%} of the time, on one core: the server may be faster"
            )
        runs.append(run)
    return runs


def _described(loop: Loop) -> str:
    if loop.rate is not None:
        return f"{loop.rate:g} requests a second for {loop.seconds:g} s"
    return f"{loop.requests} requests, {loop.concurrency} at once"
