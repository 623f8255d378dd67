"""What became of one request."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a request ended, as its client sees it."""

    OK = "ok"
    """A whole answer, or a stream up to ``[DONE]``."""
    FAILED = "failed"
    """Another status than 200, no connection, or no answer in time."""
    BROKEN = "broken"
    """Status 200, but the body ended early: a stream without ``[DONE]`` or with an error event, or a cut answer."""
    ABORTED = "aborted"
    """Left by the client, as planned."""


@dataclass(kw_only=True, slots=True)
class Answer:
    """One request and its end; times in seconds."""

    scheduled: float
    """When it was to start, from the start of the run."""
    stream: bool
    outcome: Outcome = Outcome.FAILED
    status: int = 0
    """HTTP status; 0 where there was none."""
    error: str = ""
    """One line: class of the connection's error, or code and message of the body."""
    timed_out: bool = False
    """Whether it failed because no whole answer came within the plan's ``timeout``."""
    local: bool = False
    """Whether it failed for want of an open file or a port of this machine: it says nothing of the server."""
    latency: float = 0.0
    """From the scheduled start to the end, of a stream its ``[DONE]``, so that a late start of the generator counts."""
    first_token: float | None = None
    """From the scheduled start to the first event that has a part of the answer, not the role alone; to the first event where none has.
    Streams only."""
    spoken: bool = False
    """Whether ``first_token`` is of an event with a part of the answer."""
    late: float = 0.0
    """How much later than scheduled the request was sent: the generator's own delay."""
    events: int = 0
    """Events of a stream without ``[DONE]``."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """As in the last ``usage`` that was received."""
    retry_after: str = ""
    """Header ``Retry-After`` of an error."""
    request_id: str = ""
    """Header ``x-request-id`` of the answer."""
