"""Figures of a run: averages and percentiles of times, rates, and dollars for a million tokens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from load import Answer, Outcome, Report
from load.report import percentile

SECONDS_AN_HOUR = 3600
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds: average, percentiles (linear between two values), maximum."""

    avg: float
    p50: float
    p90: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Times | None":
        """The figures of some seconds; None without any."""
        found = sorted(values)
        if not found:
            return None
        return cls(
            avg=sum(found) / len(found),
            p50=percentile(found, 50),
            p90=percentile(found, 90),
            p99=percentile(found, 99),
            max=found[-1],
        )


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a run measured; times and tokens are those of requests with a complete answer."""

    requests: int
    """Requests sent."""
    succeeded: int
    """Requests with a complete answer: a stream up to ``[DONE]``."""
    timed_out: int
    """Requests that the client gave up; not in ``errors``."""
    errors: dict[str, int]
    """How often each other failure occurred."""
    seconds: float
    """From the first request to the end of the last."""
    latency: Times | None
    """From sending a request, in an open loop from when it was due, to the end of its answer."""
    ttft: Times | None
    """Time to the first token, from the same moment to the first event of the stream."""
    inter_token: Times | None
    """Mean time between two tokens of one answer (TPOT of ``vllm bench serve``), over answers of two tokens at least."""
    prompt_tokens: int
    """Tokens of prompts, as the server counted."""
    completion_tokens: int
    """Tokens of answers, as the server counted."""

    @classmethod
    def of(cls, report: Report) -> "Figures":
        """The figures of a load."""
        complete = [one for one in report.answers if one.outcome is Outcome.OK]
        return cls(
            requests=len(report.answers),
            succeeded=len(complete),
            timed_out=sum(one.timed_out for one in report.lost),
            errors=dict(Counter(_cause(one) for one in report.lost if not one.timed_out).most_common()),
            seconds=report.seconds,
            latency=Times.of(one.latency for one in complete),
            ttft=Times.of(one.first_token for one in complete if one.first_token is not None),
            inter_token=Times.of(_inter_token(complete)),
            prompt_tokens=sum(one.prompt_tokens for one in complete),
            completion_tokens=sum(one.completion_tokens for one in complete),
        )

    @property
    def success_rate(self) -> float:
        """Share of requests with a complete answer, 0 to 1."""
        return self.succeeded / self.requests if self.requests else 0.0

    @property
    def requests_per_second(self) -> float:
        """Complete answers a second."""
        return self._per_second(self.succeeded)

    @property
    def output_tokens_per_second(self) -> float:
        """Tokens of answers a second."""
        return self._per_second(self.completion_tokens)

    @property
    def total_tokens_per_second(self) -> float:
        """Tokens of prompts and answers a second."""
        return self._per_second(self.prompt_tokens + self.completion_tokens)

    def _per_second(self, count: int) -> float:
        return count / self.seconds if self.seconds else 0.0


def usd_per_million(usd_per_hour: float, tokens_per_second: float) -> float | None:
    """US dollars for a million tokens at this rate; None where there were no tokens.

    Args:
        usd_per_hour: What the service's GPUs cost.
        tokens_per_second: How fast they made them, together.
    """
    return usd_per_hour / (tokens_per_second * SECONDS_AN_HOUR) * MILLION if tokens_per_second else None


def as_json(figures: Figures, usd_per_hour: float | None) -> dict[str, Any]:
    """The figures as they are kept; times in seconds."""
    rates = {
        "requests_per_second": figures.requests_per_second,
        "output_tokens_per_second": figures.output_tokens_per_second,
        "total_tokens_per_second": figures.total_tokens_per_second,
    }
    dollars = (
        {}
        if usd_per_hour is None
        else {
            "usd_per_million_output_tokens": usd_per_million(usd_per_hour, figures.output_tokens_per_second),
            "usd_per_million_tokens": usd_per_million(usd_per_hour, figures.total_tokens_per_second),
        }
    )
    times = {name: getattr(figures, name) for name in ("latency", "ttft", "inter_token")}
    return {
        "requests": figures.requests,
        "succeeded": figures.succeeded,
        "timed_out": figures.timed_out,
        "errors": figures.errors,
        "seconds": round(figures.seconds, 3),
        "success_rate": round(figures.success_rate, 4),
        **{f"{name}_seconds": _rounded(found) for name, found in times.items()},
        "prompt_tokens": figures.prompt_tokens,
        "completion_tokens": figures.completion_tokens,
        **{name: round(rate, 3) for name, rate in rates.items()},
        **{name: None if usd is None else round(usd, 4) for name, usd in dollars.items()},
    }


def _rounded(times: Times | None) -> dict[str, float] | None:
    return None if times is None else {name: round(value, 6) for name, value in vars(times).items()}


def _inter_token(complete: Iterable[Answer]) -> Iterable[float]:
    for one in complete:
        if one.first_token is not None and one.completion_tokens > 1:
            yield (one.latency - one.first_token) / (one.completion_tokens - 1)


def _cause(answer: Answer) -> str:
    return f"{answer.status or answer.outcome}: {answer.error}"
