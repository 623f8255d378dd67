"""Why a call of the AWS SDK failed, in words that hold no credential."""

from planner.shown import one_line, shortened

_PLAIN = frozenset(
    {
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "NoCredentialsError",
        "NoRegionError",
        "ParamValidationError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "ReadTimeoutError",
    }
)
"""Errors of the SDK whose text holds addresses and names only; others may hold a header with a key or a token."""


def error_code(error: Exception) -> str:
    """The code that AWS answered, such as ``AccessDenied``; empty for a failure on this side."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def failure(error: Exception) -> str:
    """Why a call failed, without any value of its headers."""
    kind = type(error).__name__
    if kind in _PLAIN:
        return one_line(shortened(str(error)))
    return f"{kind}: look at the region and at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
