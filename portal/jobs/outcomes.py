"""Outcomes of jobs: what they mean for the change, its service and its stack."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.clock import now
from portal.db.change_transitions import ChangeEvent, transition
from portal.db.people import Person
from portal.db.states import ChangeKind, ChangeStatus, JobKind, JobStatus, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.jobs.preconditions import blocking_reason
from portal.jobs.runs import active_services
from portal.runner.protocol import Leftovers, Outcome, Result
from portal.security import audit

_ENDS = {
    Result.SUCCEEDED: JobStatus.SUCCEEDED,
    Result.FAILED: JobStatus.FAILED,
    Result.REFUSED: JobStatus.REFUSED,
    Result.STALE: JobStatus.STALE,
    Result.CANCELLED: JobStatus.CANCELLED,
    Result.INTERRUPTED: JobStatus.INTERRUPTED,
}


def begin(session: Session, job: Job) -> None:
    """Store the start of a job in its service."""
    if job.kind == JobKind.APPLY and job.change_id:
        change = session.get_one(Change, job.change_id)
        service = session.get_one(Service, change.service_id)
        destroys = change.kind == ChangeKind.DESTROY
        service.status = ServiceStatus.DESTROYING if destroys else ServiceStatus.DEPLOYING


def finish(session: Session, job: Job, outcome: Outcome) -> None:
    """Write down how a job ended."""
    result = outcome.result
    if job.cancel_at is not None and result is Result.INTERRUPTED:
        result = Result.CANCELLED
    job.status = _ENDS[result]
    job.error = outcome.error
    job.summary = dict(outcome.summary)
    job.finished_at = now()
    stack = session.get_one(Stack, job.stack_id)
    if outcome.state_version:
        stack.state_version = outcome.state_version
    change = session.get(Change, job.change_id) if job.change_id else None
    if job.kind == JobKind.DRIFT:
        _drift(stack, outcome)
    elif change is not None and job.kind == JobKind.PREVIEW:
        _previewed(change, outcome, result)
        if change.requested_by is None and change.status == ChangeStatus.PREVIEWED:
            _apply_expiry(session, change)
    elif change is not None:
        _applied(session, job, change, outcome, result)
    actor = session.get(Person, job.requested_by) if job.requested_by else None
    audit.note(
        session,
        None,
        f"job.{job.kind}.{job.status}",
        job.id,
        team=stack.team_id,
        detail=f"for {actor.login if actor else 'portal'}" + (f": {job.error}" if job.error else ""),
    )


def reject_apply(session: Session, job: Job, reason: str) -> None:
    """End an apply that must not start any more."""
    finish(session, job, Outcome(result=Result.CANCELLED, error=reason, nothing_done=True))
    change = session.get_one(Change, job.change_id)
    if change.requested_by is None:
        # Nothing failed: the portal requests the end again as soon as there is a reason to.
        transition(change, ChangeEvent.WITHDRAW)


def restored(service: Service) -> ServiceStatus:
    """The status of a service that an operation left as it was."""
    if service.spec is None:
        return ServiceStatus.REQUESTED
    return ServiceStatus.RUNNING if service.url else ServiceStatus.FAILED


def _apply_expiry(session: Session, change: Change) -> None:
    """Apply the end of a service whose time ran out: no user requested it, so no user has to approve it."""
    if (reason := blocking_reason(session, change)) is not None:
        transition(change, ChangeEvent.WITHDRAW)
        change.error = reason
        return
    transition(change, ChangeEvent.APPLY)
    session.add(Job(stack_id=change.stack_id, change_id=change.id, kind=JobKind.APPLY, status=JobStatus.QUEUED))


def _drift(stack: Stack, outcome: Outcome) -> None:
    if outcome.result is Result.SUCCEEDED:
        stack.drift = {"steps": outcome.plan}
        stack.drift_at = now()


def _previewed(change: Change, outcome: Outcome, result: Result) -> None:
    if change.status != ChangeStatus.PREVIEWING:
        return  # withdrawn meanwhile
    change.plan = {"steps": outcome.plan, "findings": outcome.findings, "summary": outcome.summary}
    change.error = outcome.error
    if result is Result.SUCCEEDED and outcome.fingerprint is not None:
        change.fingerprint = outcome.fingerprint.model_dump()
        transition(change, ChangeEvent.PREVIEW_SUCCEEDED)
    elif result is Result.REFUSED:
        transition(change, ChangeEvent.PREVIEW_REFUSED)
    elif result is Result.STALE:
        transition(change, ChangeEvent.PREVIEW_STALE)
    else:
        transition(change, ChangeEvent.PREVIEW_FAILED)


def _applied(session: Session, job: Job, change: Change, outcome: Outcome, result: Result) -> None:
    service = session.get_one(Service, change.service_id)
    change.error = outcome.error
    if service.status == ServiceStatus.GONE:
        # Its name may be another service's by now, so it does not come back.
        transition(change, ChangeEvent.APPLY_FAILED)
        return
    untouched = not job.recovering and (
        outcome.nothing_done
        or (outcome.state_version is not None and outcome.state_version == (change.fingerprint or {}).get("state"))
    )
    if result is Result.SUCCEEDED:
        transition(change, ChangeEvent.APPLY_SUCCEEDED)
        _succeeded(service, change)
        if outcome.leftovers is not None:
            _keep_leftovers(session, job, change, outcome.leftovers)
    elif result is Result.STALE or (untouched and result is not Result.INTERRUPTED):
        transition(change, ChangeEvent.APPLY_STALE if result is Result.STALE else ChangeEvent.APPLY_FAILED)
        service.status = restored(service)
    else:
        transition(change, ChangeEvent.APPLY_FAILED)
        service.status = ServiceStatus.FAILED
        # The stack may have parts of it: it stays in the settings, so that the next operation completes or removes it.
        service.spec = change.spec or service.spec
        if change.spec is not None:
            service.costs(change.usd_day_after)
        service.expires_at = service.expires_at or now() + timedelta(hours=service.ttl_hours)
    if outcome.urls is not None:
        for each in active_services(session, job.stack_id):
            each.url = outcome.urls.get(each.name)


def _keep_leftovers(session: Session, job: Job, change: Change, found: Leftovers) -> None:
    """Keep what a destroy left with its change, with a line in the audit log."""
    change.leftovers = found.model_dump()
    team = session.get_one(Stack, job.stack_id).team_id
    audit.note(session, None, "change.leftovers", change.id, team=team, detail=_in_words(found))


def _in_words(found: Leftovers) -> str:
    if found.problem:
        return f"could not look for what is left: {found.problem}"
    count = sum(not one.get("kept") for one in found.resources)
    words = f"{count} left in AWS, {found.usd_per_month:.2f} US dollars a month" if count else "nothing is left in AWS"
    return words + (f"; not looked at: {'; '.join(found.unchecked)}" if found.unchecked else "")


def _succeeded(service: Service, change: Change) -> None:
    if change.kind == ChangeKind.DESTROY:
        service.status = ServiceStatus.GONE
        service.costs(0.0)
        service.url = service.expires_at = None
        return
    service.status = ServiceStatus.RUNNING
    service.spec = change.spec
    service.costs(change.usd_day_after)
    if service.expires_at is None:
        service.expires_at = now() + timedelta(hours=service.ttl_hours)
