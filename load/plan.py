"""The plan of a load: where requests go, how many at what time, and what they contain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHAPES = ("steady", "spike", "ramp", "day")
_LARGEST_RATE = 100_000
_LONGEST_SECONDS = 86_400.0


class PlanError(Exception):
    """A plan that cannot be run; the message names the value and what it may be."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One address with the key and the model that requests to it have."""

    url: str
    """Base address without ``/v1``, such as ``http://127.0.0.1:8080``."""
    model: str
    key: str = ""
    """Bearer token; without one there is no ``Authorization``."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A load, in an open loop (``rps``) or a closed one (``concurrency``); exactly one of the two is set."""

    targets: Sequence[Target]
    """Taken in turn. A list that changes during the run is followed, as clients follow a load balancer's targets."""
    rps: float | None = None
    """Open loop: requests a second that start whether or not earlier ones have ended."""
    concurrency: int | None = None
    """Closed loop: requests under way at once; the next one starts when one has ended."""
    seconds: float | None = None
    """How long requests start; an open loop needs it."""
    requests: int | None = None
    """How many requests start at most; a closed loop needs this or ``seconds``."""
    shape: str = "steady"
    """Rate of an open loop over time, see ``schedule.arrivals``."""
    stream_share: float = 0.5
    """Share of streamed requests, 0 to 1."""
    abort_share: float = 0.0
    """Share of requests that the client leaves before their answer is complete, 0 to 1."""
    max_tokens: int = 32
    prompt: str = "Write two sentences about load balancers."
    prompts: Sequence[str] = ()
    """Prompts that requests have in turn, in place of ``prompt``: of as many as there are requests, no two are alike."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of every request, such as ``{"ignore_eos": True}``."""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 120.0
    """Seconds after which a request counts as failed."""
    seed: int = 0
    """Decides which requests are streams and which are aborted; the same seed gives the same sequence."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            PlanError: one of them cannot be used.
        """
        if not self.targets:
            raise PlanError("targets: at least one address is needed")
        if (self.rps is None) == (self.concurrency is None):
            raise PlanError(
                "rps and concurrency: set one of them, a rate (open loop) or a number at once (closed loop)"
            )
        if self.rps is not None and not 0 < self.rps <= _LARGEST_RATE:
            raise PlanError(f"rps {self.rps:g}: must be above 0 and at most {_LARGEST_RATE}")
        if self.concurrency is not None and self.concurrency < 1:
            raise PlanError(f"concurrency {self.concurrency}: must be at least 1")
        if self.rps is not None and self.seconds is None:
            raise PlanError("seconds: an open loop needs a time")
        if self.seconds is None and self.requests is None:
            raise PlanError("seconds or requests: a closed loop needs one of them")
        if self.seconds is not None and not 0 < self.seconds <= _LONGEST_SECONDS:
            raise PlanError(f"seconds {self.seconds:g}: must be above 0 and at most {_LONGEST_SECONDS:g}")
        if self.shape not in SHAPES:
            raise PlanError(f"shape {self.shape!r}: is not one of {', '.join(SHAPES)}")
        if self.shape != "steady" and self.rps is None:
            raise PlanError(f"shape {self.shape}: only an open loop (rps) has a shape")
        for name, share in (("stream_share", self.stream_share), ("abort_share", self.abort_share)):
            if not 0 <= share <= 1:
                raise PlanError(f"{name} {share:g}: must be between 0 and 1")
