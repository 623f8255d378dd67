"""What can go wrong between us and the Kubernetes API, as types.

KubeError
├── UnreachableError      nothing answers, or what answers is not ready
├── UnknownKindError      the API server serves no such apiVersion and kind
└── ApiError              the API's own Status: code, reason, message, details
    ├── NotFoundError     404
    ├── AlreadyExistsError, ConflictError     409
    ├── GoneError         410: a resourceVersion that is too old
    ├── InvalidError      422, and 400 with a field error
    └── ForbiddenError    403, 401
"""

from typing import Any


class KubeError(Exception):
    """Base of everything below."""


class UnreachableError(KubeError):
    """The API server does not answer; whether an object exists is not known."""


class UnknownKindError(KubeError):
    """No resource of this apiVersion and kind is served."""


class ApiError(KubeError):
    """The API server refused; ``str()`` is its own message."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        """Keep the fields of the API's Status."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}

    @property
    def causes(self) -> list[dict[str, str]]:
        """The Status's causes: field, reason and message each."""
        return list(self.details.get("causes") or [])

    @classmethod
    def from_status(cls, code: int, status: dict[str, Any]) -> "ApiError":
        """The type that fits a Status object."""
        reason = str(status.get("reason") or "")
        message = str(status.get("message") or f"HTTP {code} without a message")
        kind = _BY_REASON.get(reason) or _BY_CODE.get(code, cls)
        return kind(code, reason, message, status.get("details") or {})

    @classmethod
    def from_event(cls, status: dict[str, Any]) -> "ApiError":
        """The error in an ERROR event of a watch."""
        return cls.from_status(int(status.get("code") or 500), status)


class NotFoundError(ApiError):
    """There is no such object."""


class AlreadyExistsError(ApiError):
    """An object of this name exists."""


class ConflictError(ApiError):
    """Another field manager owns a field, or the object changed in between."""


class GoneError(ApiError):
    """The resourceVersion is older than what the API server still remembers."""


class InvalidError(ApiError):
    """The object breaks a rule of its schema or of validation."""


class ForbiddenError(ApiError):
    """Authorization or admission (Pod Security, quota) refused."""


_BY_REASON: dict[str, type[ApiError]] = {
    "AlreadyExists": AlreadyExistsError,
    "Conflict": ConflictError,
    "Expired": GoneError,
    "Gone": GoneError,
    "Invalid": InvalidError,
    "NotFound": NotFoundError,
    "Forbidden": ForbiddenError,
    "Unauthorized": ForbiddenError,
}
_BY_CODE: dict[int, type[ApiError]] = {
    400: InvalidError,
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    422: InvalidError,
}
