"""Refusals of the portal, each with its HTTP status; the message is one line with the fix."""

from collections.abc import Sequence
from typing import Any


class PortalError(Exception):
    """A request that is not carried out."""

    status = 400


class UnreadableError(PortalError):
    """The request holds what no text of the portal may."""


class NotSignedInError(PortalError):
    """The request is not signed in, or its token is not valid."""

    status = 401


class ForbiddenError(PortalError):
    """The person may not do this."""

    status = 403


class NotFoundError(PortalError):
    """There is no such thing, or it is another team's: the two get the same answer."""

    status = 404


class ConflictError(PortalError):
    """It cannot be done now: something else happened first."""

    status = 409


class StaleError(ConflictError):
    """The apply would not do what was previewed; preview again."""


class TooLargeError(PortalError):
    """The body is larger than any request of the portal."""

    status = 413


class WrongTypeError(PortalError):
    """The body has a content type that the portal does not accept."""

    status = 415


class InvalidError(PortalError):
    """The request makes no sense; ``problems`` has a line for each mistake."""

    status = 422

    def __init__(self, *problems: str) -> None:
        """Keep every mistake."""
        self.problems = problems
        super().__init__("; ".join(problems))


class TooManyError(PortalError):
    """Too many requests; try again later."""

    status = 429

    def __init__(self, text: str, retry_after: int) -> None:
        """Say so, and after how many seconds to try again; the answer has them as its header Retry-After."""
        self.retry_after = retry_after
        super().__init__(text)


class AwayError(PortalError):
    """What every request needs does not answer; try again in a moment."""

    status = 503
    retry_after = 5
    """Seconds, as in the header Retry-After."""


class SetupError(Exception):
    """The portal's own settings are wrong; it does not start."""


def validation_lines(details: Sequence[Any], skip: int = 0) -> list[str]:
    """Return a line for each detail of a pydantic error: the field and what is wrong with it.

    Args:
        details: What ``errors()`` returns.
        skip: Keys at the start of each location that are not the field's.
    """
    return [
        f"{'.'.join(map(str, one['loc'][skip:])) or 'body'}: {one['msg'].removeprefix('Value error, ')}"
        for one in details
    ]
