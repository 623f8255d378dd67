"""Statuses of services, changes and jobs."""

from enum import StrEnum


class ServiceStatus(StrEnum):
    """Where a service is in its life."""

    REQUESTED = "requested"
    DEPLOYING = "deploying"
    RUNNING = "running"
    FAILED = "failed"
    DESTROYING = "destroying"
    GONE = "gone"


class ChangeKind(StrEnum):
    """What a change does to its service."""

    CREATE = "create"
    UPDATE = "update"
    DESTROY = "destroy"


class ChangeStatus(StrEnum):
    """Where a change is on its way."""

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
"""Of these a service has one at a time."""


class JobKind(StrEnum):
    """What a job has Pulumi do."""

    PREVIEW = "preview"
    APPLY = "apply"
    DRIFT = "drift"


class JobStatus(StrEnum):
    """Where a job is; the last five are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    STALE = "stale"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


ACTIVE_JOBS = (JobStatus.QUEUED, JobStatus.RUNNING)
