"""From a preview to an apply: who may, what must still hold, and nothing but what was previewed."""

from sqlalchemy import select

from portal.clock import now
from portal.db.states import ACTIVE_JOBS, ChangeKind, ChangeStatus, JobKind, JobStatus, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.errors import ConflictError, ForbiddenError, StaleError
from portal.identity.roles import Role
from portal.jobs.runs import run_of
from portal.operations import change_requests, request_checks
from portal.operations.context import Context
from portal.operations.forecast import approval_now
from portal.runner.protocol import Fingerprint, RunnerError
from portal.security import audit

_APPLICABLE = (ChangeStatus.PREVIEWED, ChangeStatus.APPROVED)
_NOT_APPLICABLE = "the change is {}: only what was previewed, and approved where needed, is applied"
_PREVIEWABLE = (
    ChangeStatus.PREVIEWED,
    ChangeStatus.WAITING,
    ChangeStatus.APPROVED,
    ChangeStatus.STALE,
    ChangeStatus.FAILED,
    ChangeStatus.REFUSED,
)


def current(context: Context, change_id: str) -> Fingerprint:
    """What an apply of the change would act on now. Asks Pulumi, which takes a moment: not for a writing transaction.

    Raises:
        ConflictError: the stack cannot be read.
        PortalError: the change is not the actor's to apply.
    """
    change, _ = context.change(change_id, Role.REQUESTER)
    if change.status not in _APPLICABLE:
        raise ConflictError(_NOT_APPLICABLE.format(change.status))
    job = Job(stack_id=change.stack_id, change_id=change.id, kind=JobKind.APPLY, id="none", attempt=0, recovering=False)
    try:
        return context.runner.fingerprint(run_of(context.session, job))
    except RunnerError as error:
        raise ConflictError(f"the stack cannot be read: {error}") from None


def apply(context: Context, change_id: str, found: Fingerprint) -> Job:
    """Carry out a change that was previewed and needs no approval, or has it.

    Args:
        context: Who asks.
        change_id: The change.
        found: What ``current`` found a moment ago.

    Raises:
        StaleError: something differs from what was previewed.
        PortalError: it may not be applied; the message says why.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    team = context.unlocked_team(stack.team_id)
    if change.status not in _APPLICABLE:
        raise ConflictError(_NOT_APPLICABLE.format(change.status))
    service = context.session.get_one(Service, change.service_id)
    if service.status == ServiceStatus.GONE:
        raise ConflictError(f"{service.name} is gone: ask for a new one")
    # Budgets and other services may have changed since the preview.
    if change.status == ChangeStatus.PREVIEWED and (reason := approval_now(context.session, change, stack)) is not None:
        raise ForbiddenError(f"{reason}: send it for approval")
    facts = context.platforms.facts(stack.platform)
    request_checks.check_quota(context, team, service, change.spec)
    request_checks.check_capacity(context, stack, service, change.spec, facts)
    _compare(context, change, stack, found)
    job = _job(context, change, JobKind.APPLY)
    change.status = ChangeStatus.APPLYING
    audit.note(
        context.session, context.actor, "change.apply", f"{stack.name}/{service.name}", team=team.id, detail=change.id
    )
    return job


def send_for_approval(context: Context, change_id: str) -> Change:
    """Ask an approver to look at a previewed change.

    Raises:
        PortalError: there is nothing to approve.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    context.unlocked_team(stack.team_id)
    if change.status != ChangeStatus.PREVIEWED:
        raise ConflictError(f"the change is {change.status}: only a previewed one can be approved")
    change.needs_approval = approval_now(context.session, change, stack)
    change.status = ChangeStatus.WAITING
    _note(context, change, stack, "change.send")
    return change


def approve(context: Context, change_id: str, comment: str) -> Change:
    """Approve what somebody else asked for.

    Raises:
        ForbiddenError: it is the actor's own.
        PortalError: it does not wait for that.
    """
    change, stack = _waiting(context, change_id)
    if change.requested_by == context.actor.id:
        raise ForbiddenError("nobody approves what they asked for themselves: another approver of the team must")
    change.status = ChangeStatus.APPROVED
    _decide(context, change, comment)
    _note(context, change, stack, "change.approve")
    return change


def reject(context: Context, change_id: str, comment: str) -> Change:
    """Turn down what waits for approval.

    Raises:
        PortalError: it does not wait for that.
    """
    change, stack = _waiting(context, change_id)
    change.status = ChangeStatus.REJECTED
    _decide(context, change, comment)
    _drop_unborn(context, change)
    _note(context, change, stack, "change.reject")
    return change


def withdraw(context: Context, change_id: str) -> Change:
    """Give up a change that is not being applied.

    Raises:
        PortalError: it is at its end, or under way.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    if change.status in {ChangeStatus.APPLYING, ChangeStatus.APPLIED, ChangeStatus.WITHDRAWN, ChangeStatus.REJECTED}:
        raise ConflictError(f"the change is {change.status}: there is nothing to withdraw")
    for job in context.session.scalars(select(Job).where(Job.change_id == change.id, Job.status.in_(ACTIVE_JOBS))):
        job.cancel_at = job.cancel_at or now()
    change.status = ChangeStatus.WITHDRAWN
    _drop_unborn(context, change)
    _note(context, change, stack, "change.withdraw")
    return change


def preview_again(context: Context, change_id: str) -> Job:
    """Preview a change anew; an approval given before is void.

    Raises:
        PortalError: it is under way or at its end.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    context.unlocked_team(stack.team_id)
    service = context.session.get_one(Service, change.service_id)
    if change.requested_by is None:
        # It would be applied without asking anybody, even if the service has been given more time since.
        raise ConflictError(
            f"the portal asked for this end itself and tries again by itself: extend {service.name}, or ask for its end "
            "yourself"
        )
    if change.status not in _PREVIEWABLE or service.status == ServiceStatus.GONE:
        raise ConflictError(f"the change is {change.status}: it cannot be previewed")
    other = change_requests.open_change(context, service)
    if other is not None and other.id != change.id:
        raise ConflictError(f"{service.name} has another open change, {other.id}: finish or withdraw that first")
    change.decided_by = change.decided_at = change.comment = None
    _note(context, change, stack, "change.preview")
    return change_requests.preview(context, change)


def cancel(context: Context, job_id: str) -> Job:
    """Ask a job to stop; steps under way are finished and saved.

    Raises:
        ConflictError: it is over.
    """
    job, stack = context.job(job_id, Role.REQUESTER)
    if job.status not in ACTIVE_JOBS:
        raise ConflictError(f"the job is {job.status}: there is nothing to cancel")
    job.cancel_at = job.cancel_at or now()
    audit.note(context.session, context.actor, "job.cancel", job.id, team=stack.team_id)
    return job


def look_for_drift(context: Context, service_id: str) -> Job:
    """Queue a comparison of the stack's state with the cloud.

    Raises:
        ConflictError: one is under way.
    """
    _, stack = context.service(service_id, Role.REQUESTER)
    query = select(Job).where(Job.stack_id == stack.id, Job.kind == JobKind.DRIFT, Job.status.in_(ACTIVE_JOBS))
    if (running := context.session.scalar(query)) is not None:
        raise ConflictError(f"job {running.id} is looking already")
    job = Job(stack_id=stack.id, kind=JobKind.DRIFT, status=JobStatus.QUEUED, requested_by=context.actor.id)
    context.session.add(job)
    context.session.flush()
    audit.note(context.session, context.actor, "stack.drift", stack.name, team=stack.team_id)
    return job


def _compare(context: Context, change: Change, stack: Stack, found: Fingerprint) -> None:
    """Refuse at once what the run would refuse: it compares again, under the portal's lock, right before the up."""
    busy = context.session.scalar(
        select(Job).where(Job.stack_id == stack.id, Job.kind == JobKind.APPLY, Job.status.in_(ACTIVE_JOBS))
    )
    if busy is not None:
        raise ConflictError(
            f"job {busy.id} is changing this stack, so what was previewed will be stale: wait for it, then preview again"
        )
    if different := Fingerprint.model_validate(change.fingerprint).differences(found):
        raise StaleError(f"stale, preview again: {', '.join(different)} changed since the preview")


def _job(context: Context, change: Change, kind: JobKind) -> Job:
    job = Job(
        stack_id=change.stack_id,
        change_id=change.id,
        kind=kind,
        status=JobStatus.QUEUED,
        requested_by=context.actor.id,
    )
    context.session.add(job)
    context.session.flush()
    return job


def _waiting(context: Context, change_id: str) -> tuple[Change, Stack]:
    change, stack = context.change(change_id, Role.APPROVER)
    context.unlocked_team(stack.team_id, Role.APPROVER)
    if change.status != ChangeStatus.WAITING:
        raise ConflictError(f"the change is {change.status}: it does not wait for approval")
    return change, stack


def _decide(context: Context, change: Change, comment: str) -> None:
    change.decided_by = context.actor.id
    change.decided_at = now()
    change.comment = comment or None


def _drop_unborn(context: Context, change: Change) -> None:
    """A service that was never deployed ends with the change that asked for it."""
    service = context.session.get_one(Service, change.service_id)
    # Another request for it may be under way: then the service is that one's.
    if (
        change.kind == ChangeKind.CREATE
        and service.spec is None
        and change_requests.open_change(context, service) is None
    ):
        service.status = ServiceStatus.GONE


def _note(context: Context, change: Change, stack: Stack, action: str) -> None:
    detail = change.comment or ""
    audit.note(context.session, context.actor, action, change.id, team=stack.team_id, detail=detail)
