"""From a job in the database to the run that carries it out; the stack's settings are made here for each run."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.states import ChangeKind, JobKind, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.runner.protocol import Fingerprint, Run, RunKind
from portal.stored_settings import needs_hub_token


def run_id(job: Job) -> str:
    """Of the job's present attempt."""
    return f"{job.id}-{job.attempt}"


def active_services(session: Session, stack_id: str) -> list[Service]:
    """Services of a stack that are not gone, by name."""
    query = select(Service).where(Service.stack_id == stack_id, Service.status != ServiceStatus.GONE)
    return list(session.scalars(query.order_by(Service.name)))


def stack_config(session: Session, stack: Stack, change: Change | None) -> dict[str, Any]:
    """The stack's settings as they are, or as ``change`` would have them."""
    services = {
        service.name: service.spec for service in active_services(session, stack.id) if service.spec is not None
    }
    if change is not None:
        name = session.get_one(Service, change.service_id).name
        services.pop(name, None)
        if change.spec is not None:
            services[name] = change.spec
    return {"owner": stack.team_id, "platform": stack.platform, "services": services}


def run_of(session: Session, job: Job) -> Run:
    """The run of a job's present attempt."""
    stack = session.get_one(Stack, job.stack_id)
    change = session.get(Change, job.change_id) if job.change_id else None
    config = stack_config(session, stack, change)
    empties = change is not None and change.kind == ChangeKind.DESTROY and not config["services"]
    return Run(
        id=run_id(job),
        kind=RunKind.RECOVER if job.recovering else _kind(JobKind(job.kind), empties=empties),
        stack=stack.name,
        platform=stack.platform,
        config=config,
        needs_hub_token=any(needs_hub_token(spec) for spec in config["services"].values()),
        expected=Fingerprint.model_validate(change.fingerprint) if change and change.fingerprint else None,
        destroys=empties,
        removes=_removed(session, change) if job.kind == JobKind.APPLY else None,
        follows=f"{job.id}-{job.attempt - 1}" if job.recovering else None,
        message=f"portal job {job.id}",
    )


def _removed(session: Session, change: Change | None) -> str | None:
    if change is None or change.kind != ChangeKind.DESTROY:
        return None
    return session.get_one(Service, change.service_id).name


def _kind(kind: JobKind, *, empties: bool) -> RunKind:
    match kind:
        case JobKind.PREVIEW:
            return RunKind.PREVIEW_DESTROY if empties else RunKind.PREVIEW
        case JobKind.APPLY:
            return RunKind.DESTROY if empties else RunKind.UP
        case JobKind.DRIFT:
            return RunKind.DRIFT
