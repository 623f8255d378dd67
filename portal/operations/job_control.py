"""Jobs that a user starts or stops by themselves: a check for drift, and the cancelling of any job."""

from sqlalchemy import select

from portal.clock import now
from portal.db.states import ACTIVE_JOBS, JobKind, JobStatus
from portal.db.work import Job
from portal.errors import ConflictError
from portal.identity.roles import Role
from portal.operations.context import Context
from portal.security import audit


def cancel(context: Context, job_id: str) -> Job:
    """Cancel a job; steps under way are finished and saved.

    Raises:
        ConflictError: it is over.
    """
    job, stack = context.job(job_id, Role.REQUESTER)
    if job.status not in ACTIVE_JOBS:
        raise ConflictError(f"the job is {job.status}: there is nothing to cancel")
    job.cancel_at = job.cancel_at or now()
    audit.note(context.session, context.actor, "job.cancel", job.id, team=stack.team_id)
    return job


def check_drift(context: Context, service_id: str) -> Job:
    """Queue a drift check of a service's stack.

    Raises:
        ConflictError: one is under way.
    """
    _, stack = context.service(service_id, Role.REQUESTER)
    query = select(Job).where(Job.stack_id == stack.id, Job.kind == JobKind.DRIFT, Job.status.in_(ACTIVE_JOBS))
    if (running := context.session.scalar(query)) is not None:
        raise ConflictError(f"job {running.id} is checking already")
    job = Job(stack_id=stack.id, kind=JobKind.DRIFT, status=JobStatus.QUEUED, requested_by=context.actor.id)
    context.session.add(job)
    context.session.flush()
    audit.note(context.session, context.actor, "stack.drift", stack.name, team=stack.team_id)
    return job
