"""The time limit of a job's run: when it starts, and whether it ended a run."""

from datetime import timedelta

from portal.clock import now
from portal.db.work import Job
from portal.settings import PortalSettings


def start_time_limit(job: Job, settings: PortalSettings) -> None:
    """Give a job's next run its whole time."""
    job.deadline = now() + timedelta(seconds=settings.job_seconds)


def must_stop(job: Job) -> bool:
    """Whether a user cancelled the job, or its time is over."""
    return job.cancel_at is not None or (job.deadline is not None and job.deadline <= now())


def is_over_limit(job: Job) -> bool:
    """Whether the time limit stopped the job, without any user cancelling it."""
    return job.kill_at is not None and job.cancel_at is None


def time_limit_text(settings: PortalSettings) -> str:
    """Return the reason a user reads of a job that took too long."""
    return f"over its time limit of {settings.job_seconds} s"
