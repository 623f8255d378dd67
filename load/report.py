"""What a load found: counts by outcome, times, tokens."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from load.answer import Answer, Outcome

PERCENTILES = (50, 95, 99)
_MILLI = 1000


@dataclass(frozen=True, kw_only=True)
class Report:
    """All answers of a run."""

    answers: Sequence[Answer]
    seconds: float
    """From the first request to the end of the last."""
    busy: float = 0.0
    """Share of these seconds in which the generator's thread computed: near 1 it measures itself."""

    def count(self, outcome: Outcome) -> int:
        """How many requests ended so."""
        return sum(answer.outcome is outcome for answer in self.answers)

    @property
    def lost(self) -> list[Answer]:
        """Requests that neither succeeded nor were left by the client."""
        return [answer for answer in self.answers if answer.outcome in (Outcome.FAILED, Outcome.BROKEN)]

    @property
    def failures(self) -> Counter[str]:
        """How often each cause occurred, such as ``503 server_busy: ...``, for all `lost` requests."""
        return Counter(f"{answer.outcome} {answer.status or '-'} {answer.error}" for answer in self.lost)

    @property
    def retry_after(self) -> Counter[str]:
        """How often each value of ``Retry-After`` came, such as ``429: 1``."""
        return Counter(f"{answer.status}: {answer.retry_after}" for answer in self.answers if answer.retry_after)

    @property
    def prompt_tokens(self) -> int:
        """Prompt tokens of the usage that was received, of aborted requests too."""
        return sum(answer.prompt_tokens for answer in self.answers)

    @property
    def completion_tokens(self) -> int:
        """Completion tokens of the usage that was received, of aborted requests too."""
        return sum(answer.completion_tokens for answer in self.answers)

    def latency(self, percent: int, *, stream: bool | None = None) -> float | None:
        """Seconds within which that share of the succeeded requests had ended; of streams or whole answers only on demand.

        None where none of them succeeded.
        """
        wanted = [one.latency for one in self._succeeded if stream in (None, one.stream)]
        return percentile(wanted, percent) if wanted else None

    def first_token(self, percent: int) -> float | None:
        """Seconds until that share of the succeeded streams had its first event; None without such a stream."""
        wanted = [one.first_token for one in self._succeeded if one.first_token is not None]
        return percentile(wanted, percent) if wanted else None

    @property
    def _succeeded(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.outcome is Outcome.OK]

    def to_json(self) -> dict[str, Any]:
        """The figures; times in milliseconds, None where no request has such a time."""
        return {
            "requests": len(self.answers),
            "seconds": round(self.seconds, 3),
            **{str(outcome): self.count(outcome) for outcome in Outcome},
            "failures": dict(self.failures.most_common()),
            "retry_after": dict(self.retry_after.most_common()),
            "latency_ms": _milliseconds(self.latency),
            "first_token_ms": _milliseconds(self.first_token),
            "generator_late_p99_ms": round(percentile((one.late for one in self.answers), 99) * _MILLI, 2),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "requests_per_second": round(len(self.answers) / self.seconds, 2) if self.seconds else 0.0,
            "completion_tokens_per_second": round(self.completion_tokens / self.seconds, 2) if self.seconds else 0.0,
        }

    def lines(self) -> list[str]:
        """The figures for people."""
        said = self.to_json()
        counts = ", ".join(f"{said[str(outcome)]} {outcome}" for outcome in Outcome)
        late = said["generator_late_p99_ms"]
        tokens = f"{self.prompt_tokens} prompt, {self.completion_tokens} completion"
        return [
            f"{said['requests']} requests in {self.seconds:.1f} s ({said['requests_per_second']:g}/s): {counts}",
            f"latency      {_shown(said['latency_ms'])}",
            f"first token  {_shown(said['first_token_ms'])} (streams)",
            f"tokens       {tokens} ({said['completion_tokens_per_second']:g}/s)",
            *(f"{number} x {cause}" for cause, number in self.failures.most_common()),
            *(f"{number} x Retry-After of {value} s" for value, number in self.retry_after.most_common()),
            *([f"the generator was late by {late:g} ms (p99): its machine is too busy"] if late > _LATE_MS else []),
        ]


_LATE_MS = 50


def percentile(values: Iterable[float], percent: int) -> float:
    """The value below which that share lies; 0 without values."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return ordered[0] if ordered else 0.0
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]


def _milliseconds(of: Callable[[int], float | None]) -> dict[str, float] | None:
    found = {f"p{percent}": of(percent) for percent in PERCENTILES}
    return {name: round(value * _MILLI, 2) for name, value in found.items() if value is not None} or None


def _shown(times: dict[str, float] | None) -> str:
    if times is None:
        return "\N{EN DASH}"
    return ", ".join(f"{name} {value:g} ms" for name, value in times.items())
