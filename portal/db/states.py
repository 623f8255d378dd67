"""Statuses of services, changes and jobs."""

from enum import StrEnum


class ServiceStatus(StrEnum):
    """Status of a service."""

    REQUESTED = "requested"
    DEPLOYING = "deploying"
    RUNNING = "running"
    FAILED = "failed"
    DESTROYING = "destroying"
    GONE = "gone"


class ChangeKind(StrEnum):
    """Kind of a change."""

    CREATE = "create"
    UPDATE = "update"
    DESTROY = "destroy"
    LIMITS = "limits"
    """Of a team's limits and budgets at a platform's gateway; of no service."""


class ChangeStatus(StrEnum):
    """Status of a change; see ``change_transitions``."""

    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    REFUSED = "refused"
    """A guardrail forbids it."""
    WAITING = "waiting"
    """For an approver."""
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    STALE = "stale"
    """Something changed since the preview."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN_CHANGES = (
    ChangeStatus.PREVIEWING,
    ChangeStatus.PREVIEWED,
    ChangeStatus.WAITING,
    ChangeStatus.APPROVED,
    ChangeStatus.APPLYING,
)
"""Of these a service has one at a time, and so have a team's limits at a gateway."""


class JobKind(StrEnum):
    """Kind of a job."""

    PREVIEW = "preview"
    APPLY = "apply"
    DRIFT = "drift"


class JobStatus(StrEnum):
    """Status of a job; all but the first two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    STALE = "stale"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


ACTIVE_JOBS = (JobStatus.QUEUED, JobStatus.RUNNING)
