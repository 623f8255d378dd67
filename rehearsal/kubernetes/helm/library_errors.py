"""Errors of Helm's library, as types."""

# What a broken connection is called in Go's errors, and by an API server that is starting.
_AWAY = ("connection refused", "connection reset", "unexpected EOF", ": EOF", "cluster unreachable")


class HelmError(Exception):
    """Helm refused or failed; the message is Helm's own."""


class ReleaseNotFoundError(HelmError):
    """There is no release of that name."""


class ClusterAwayError(HelmError):
    """The API server does not answer."""


class translated:  # noqa: N801 - used like a function
    """Turn the library's errors into ours."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise ours for one of the library's."""
        from helm_python import errors  # noqa: PLC0415 - loads the library

        if isinstance(error, errors.HelmNotFoundError):
            raise ReleaseNotFoundError(str(error)) from error
        if isinstance(error, errors.HelmError):
            away = any(sign in str(error) for sign in _AWAY)
            raise (ClusterAwayError if away else HelmError)(str(error)) from error
