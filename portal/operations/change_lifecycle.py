"""A change after its request: applied as it was previewed, previewed again, or withdrawn."""

from sqlalchemy import select

from portal.clock import now
from portal.db.change_transitions import ChangeEvent, require, transition
from portal.db.states import ACTIVE_JOBS, ChangeStatus, JobKind, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.errors import ConflictError, ForbiddenError, StaleError
from portal.identity.roles import Role
from portal.jobs.runs import run_of
from portal.operations import change_requests, request_checks
from portal.operations.context import Context
from portal.operations.forecast import approval_now
from portal.runner.protocol import Fingerprint, RunnerError
from portal.security import audit


def current(context: Context, change_id: str) -> Fingerprint:
    """Return what an apply of the change would act on now. Reads the stack, which takes a moment: not for a writing transaction.

    Raises:
        ConflictError: the stack cannot be read.
        PortalError: the change is not the actor's to apply.
    """
    change, _ = context.change(change_id, Role.REQUESTER)
    require(change, ChangeEvent.APPLY)
    job = Job(stack_id=change.stack_id, change_id=change.id, kind=JobKind.APPLY, id="none", attempt=0, recovering=False)
    try:
        return context.runner.fingerprint(run_of(context.session, job))
    except RunnerError as error:
        raise ConflictError(f"the stack cannot be read: {error}") from None


def apply(context: Context, change_id: str, found: Fingerprint | None) -> Job:
    """Carry out a change that was previewed and needs no approval, or has it.

    Args:
        context: Who asks.
        change_id: The change.
        found: What ``current`` found a moment ago; None where another portal of the database works on the jobs, whose run compares.

    Raises:
        StaleError: something differs from what was previewed.
        PortalError: it may not be applied; the message says why.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    team = context.unlocked_team(stack.team_id)
    require(change, ChangeEvent.APPLY)
    service = context.session.get_one(Service, change.service_id)
    if service.status == ServiceStatus.GONE:
        raise ConflictError(f"{service.name} was deleted: request a new one")
    # Budgets and other services may have changed since the preview.
    if change.status == ChangeStatus.PREVIEWED and (reason := approval_now(context.session, change, stack)) is not None:
        raise ForbiddenError(f"{reason}: send it for approval")
    facts = context.platforms.facts(stack.platform)
    request_checks.check_quota(context, team, service, change.spec)
    request_checks.check_capacity(context, stack, service, change.spec, facts)
    _compare(context, change, stack, found)
    job = change_requests.queue_job(context, change, JobKind.APPLY)
    transition(change, ChangeEvent.APPLY)
    audit.note(
        context.session, context.actor, "change.apply", f"{stack.name}/{service.name}", team=team.id, detail=change.id
    )
    return job


def withdraw(context: Context, change_id: str) -> Change:
    """Withdraw a change that is not being applied.

    Raises:
        PortalError: it is at its end, or under way.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    require(change, ChangeEvent.WITHDRAW)
    for job in context.session.scalars(select(Job).where(Job.change_id == change.id, Job.status.in_(ACTIVE_JOBS))):
        job.cancel_at = job.cancel_at or now()
    transition(change, ChangeEvent.WITHDRAW)
    change_requests.delete_undeployed(context, change)
    change_requests.log_action(context, change, stack, "change.withdraw")
    return change


def preview_again(context: Context, change_id: str) -> Job:
    """Preview a change again; an earlier approval is void.

    Raises:
        PortalError: it is under way or at its end.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    context.unlocked_team(stack.team_id)
    service = context.session.get_one(Service, change.service_id)
    if change.requested_by is None:
        # It would be applied without asking anybody, even if the service has been given more time since.
        raise ConflictError(
            f"the portal requested this destroy and tries again by itself: extend {service.name}, or request its destroy "
            "yourself"
        )
    require(change, ChangeEvent.PREVIEW_AGAIN)
    if service.status == ServiceStatus.GONE:
        raise ConflictError(f"{service.name} was deleted: request a new one")
    other = change_requests.open_change(context, service)
    if other is not None and other.id != change.id:
        raise ConflictError(f"{service.name} has another open change, {other.id}: finish or withdraw that first")
    change.decided_by = change.decided_at = change.comment = None
    change_requests.log_action(context, change, stack, "change.preview")
    transition(change, ChangeEvent.PREVIEW_AGAIN)
    return change_requests.queue_preview(context, change)


def _compare(context: Context, change: Change, stack: Stack, found: Fingerprint | None) -> None:
    """Refuse at once what the run would refuse: it compares again, under the portal's lock, right before the up."""
    busy = context.session.scalar(
        select(Job).where(Job.stack_id == stack.id, Job.kind == JobKind.APPLY, Job.status.in_(ACTIVE_JOBS))
    )
    if busy is not None:
        raise ConflictError(
            f"job {busy.id} is changing this stack, so what was previewed will be stale: wait for it, then preview again"
        )
    if found is not None and (different := Fingerprint.model_validate(change.fingerprint).differences(found)):
        raise StaleError(f"stale, preview again: {', '.join(different)} changed since the preview")
