"""A benchmark's loads against an address: a warm-up first, then runs in a closed or an open loop."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmark.figures import Figures
from benchmark.workloads import Workload, fitting_words, synthetic
from load import Plan, Report, Target, allow_files, run
from load.report import percentile

REQUESTS, CONCURRENCY = 100, 10
TIMEOUT_SECONDS = 300.0
WARM_UP_REQUESTS = 10
"""The first requests of an engine pay for CUDA graphs, kernels that compile on their first use, and connections."""
_BAD_REQUEST = (400, 422)
_WHOLE = 0.95
"""Share of the longest answer from which on answers count as of that length: servers count a last token or not."""
_MOST_PROMPTS = 5_000
"""Prompts of a run without a number of requests; beyond it they repeat, long after a cache dropped the first."""
BUSY = 0.9
"""A client that computes for this share of the time measures itself: what it sends and reads is all that one core can."""
Progress = Callable[[str], None]


class NoAnswerError(Exception):
    """No request of the warm-up succeeded, or requests could not be sent; the message has the reason."""


@dataclass(frozen=True, kw_only=True)
class Loop:
    """How requests are sent: a closed loop (``concurrency``) or an open one (``rate``)."""

    concurrency: int | None = CONCURRENCY
    """Requests under way at once; None for an open loop."""
    requests: int | None = REQUESTS
    """Requests of the run; None: as many as start in ``seconds``."""
    rate: float | None = None
    """Requests a second that start whether or not others have ended."""
    seconds: float | None = None
    """How long requests start; an open loop needs it."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: what was sent, and what came back."""

    workload: Workload
    loop: Loop
    figures: Figures
    late: float
    """Seconds by which 99 % of the requests were sent late at most: the client's own delay."""
    busy: float = 0.0
    """Share of the run's time in which the client computed, on one core."""


def measure(targets: Sequence[Target], workload: Workload, loop: Loop, timeout: float = TIMEOUT_SECONDS) -> Run:
    """Send the load and return its figures; every request is a stream.

    Args:
        targets: Addresses with model and key, taken in turn.
        workload: What requests contain.
        loop: How they are sent.
        timeout: Seconds after which the client gives a request up.

    Raises:
        NoAnswerError: this machine cannot have as many connections as the load needs.
    """
    report = _send(targets, workload, loop, timeout)
    return Run(workload=workload, loop=loop, figures=Figures.of(report), late=_late(report), busy=report.busy)


def warmed(targets: Sequence[Target], workload: Workload, timeout: float, note: Progress) -> Workload:
    """Warm a service up; return the workload as this server takes it: without fields that it refuses, of 256 tokens by its own count.

    Raises:
        NoAnswerError: no request succeeded.
    """
    loop = Loop(requests=WARM_UP_REQUESTS)
    report = _send(targets, workload, loop, timeout)
    refused = any(one.status in _BAD_REQUEST for one in report.answers)
    if workload.body and refused and not Figures.of(report).succeeded:  # the others may have met a limit, 429
        workload = replace(workload, body={})
        note(f"the server refuses ignore_eos, so answers can be shorter than {workload.max_tokens} tokens")
        report = _send(targets, workload, loop, timeout)
    figures = Figures.of(report)
    if not figures.succeeded:
        reasons = [*figures.errors, *([f"no answer within {timeout:g} s"] if figures.timed_out else [])]
        raise NoAnswerError(f"none of {figures.requests} requests of the warm-up succeeded: {reasons[0]}")
    made = figures.completion_tokens / figures.succeeded
    if not made:
        note(
            "the server counts no tokens of answers (usage), so there are no inter-token latency, tokens a second and dollars"
        )
    if workload.body and 0 < made < _WHOLE * workload.max_tokens:
        note(f"the server ignores ignore_eos, so answers have {made:.0f} tokens in place of {workload.max_tokens}")
    if not workload.words:
        return workload
    if not figures.prompt_tokens:
        note("the server counts no tokens (usage), so the length of prompts is an estimate")
    words = fitting_words(workload.words, figures.prompt_tokens / figures.succeeded)
    return replace(synthetic(words), body=workload.body)


def _send(targets: Sequence[Target], workload: Workload, loop: Loop, timeout: float) -> Report:
    count = loop.requests or _MOST_PROMPTS
    report = run(
        Plan(
            targets=targets,
            concurrency=loop.concurrency,
            requests=loop.requests,
            rps=loop.rate,
            seconds=loop.seconds,
            stream_share=1.0,
            max_tokens=workload.max_tokens,
            prompts=workload.prompts(count, secrets.token_hex(4)),
            body={"stream_options": {"include_usage": True}, **workload.body},
            timeout=timeout,
        )
    )
    if local := [one for one in report.answers if one.local]:
        raise NoAnswerError(
            f"{len(local)} of {len(report.answers)} requests could not be sent, so the figures would be this machine's: it allows the process "
            f"{allow_files()} open files, and each request under way takes one (`ulimit -n`, ports); allow more, or send less at once "
            "(--rate, --max-concurrency)"
        )
    return report


def _late(report: Report) -> float:
    return percentile((one.late for one in report.answers), 99)
