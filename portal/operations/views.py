"""Views of services, changes and jobs, the same for pages and API."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NotRequired, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from portal.db.people import Person, Team
from portal.db.states import ChangeKind, ChangeStatus, JobKind, JobStatus, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.identity.roles import Actor, Role
from portal.operations.context import Context
from portal.operations.forecast import approval_now
from portal.operations.listing import NEWEST, Listed, part


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Step(TypedDict):
    """Planned step of one resource."""

    op: str
    """Pulumi's operation, such as create, update or replace."""
    type: str
    """Short type, such as kubernetes.core.Secret."""
    name: str
    urn: NotRequired[str]
    parent: NotRequired[str]
    """URN of the resource it belongs to; empty for none."""
    changed: NotRequired[list[str]]
    """Paths of the properties that change."""


class Finding(TypedDict):
    """Finding of a guardrail on a resource."""

    policy: str
    level: str
    """mandatory, which refuses the change, or advisory."""
    resource: str
    """Its name; empty for the whole stack."""
    message: str


class Leftover(TypedDict):
    """Something that a destroy left in AWS."""

    kind: str
    """What it is, such as EBS volume."""
    id: str
    detail: str
    """What else helps to recognise it; may be empty."""
    found_by: str
    """Tag or name by which it is the stack's."""
    usd_per_month: float | None
    """US dollars in a month at list prices; none where unknown."""
    command: str
    """Command of the AWS CLI that removes it."""
    kept: str
    """Setting that keeps it on purpose; empty where nothing does."""


class LeftoversView(_View):
    """What a destroy left in AWS."""

    problem: str | None
    """Why nothing could be looked at; none where it could."""
    resources: list[Leftover]
    """In the order in which they can be deleted."""
    usd_per_month: float
    """US dollars a month of those whose price is known."""
    unchecked: list[str]
    """What could not be looked at, and why."""


class ServiceView(_View):
    """One model endpoint."""

    id: str
    team: str
    platform: str
    stack: str
    name: str
    status: ServiceStatus
    settings: dict[str, Any] | None
    """As last applied; none before its first apply."""
    url: str | None
    usd_day: float | None
    """US dollars a day on demand."""
    usd_so_far: float | None
    """What ran up since its first apply."""
    requested_by: str
    created_at: datetime
    expires_at: datetime | None
    """When it is destroyed."""
    ending: bool
    """Whether that is near."""
    drifted: int | None
    """Resources of its stack that differ from its state; none when nobody looked yet."""

    @classmethod
    def of(cls, session: Session, service: Service, stack: Stack) -> Self:
        """Build the view of a service."""
        return cls(
            id=service.id,
            team=stack.team_id,
            platform=stack.platform,
            stack=stack.name,
            name=service.name,
            status=service.status,
            settings=service.spec,
            url=service.url,
            usd_day=service.usd_day,
            usd_so_far=service.usd_so_far,
            requested_by=login(session, service.requested_by),
            created_at=service.created_at,
            expires_at=service.expires_at,
            ending=service.warned_at is not None,
            drifted=len(stack.drift["steps"]) if stack.drift is not None else None,
        )


class ChangeView(_View):
    """A requested change of a service, or of a team's limits at a platform's gateway."""

    id: str
    service: str | None
    """Id of the service; none of limits."""
    name: str
    """Of the service; of limits the team's id."""
    team: str
    platform: str
    kind: ChangeKind
    status: ChangeStatus
    settings: dict[str, Any] | None
    """The service's settings, or the limits, afterwards; none when the service is destroyed."""
    before: dict[str, Any] | None
    """The limits that the preview found; none of a service."""
    requested_by: str
    created_at: datetime
    steps: list[Step] = Field(default_factory=list)
    """What the preview would do."""
    findings: list[Finding] = Field(default_factory=list)
    """What the guardrails say."""
    summary: dict[str, int] = Field(default_factory=dict)
    """Resources by operation."""
    usd_day_before: float | None
    usd_day_after: float | None
    preview: str
    """Identifies what the preview found; an approval can name it. Empty until there is a preview."""
    needs_approval: str | None
    """Why an approver must look at it."""
    decided_by: str | None
    comment: str | None
    leftovers: LeftoversView | None
    """What its destroy left in AWS; none of other changes, and until it was applied."""
    error: str | None
    jobs: list[str]
    """Ids of its jobs, oldest first."""

    @classmethod
    def of(cls, session: Session, change: Change, stack: Stack, jobs: Sequence[str] | None = None) -> Self:
        """Build the view of a change; ``jobs`` when the caller has them already."""
        plan = change.plan or {}
        if jobs is None:
            jobs = _jobs_of(session, [change.id])[change.id]
        return cls(
            id=change.id,
            service=change.service_id,
            name=session.get_one(Service, change.service_id).name if change.service_id else stack.team_id,
            team=stack.team_id,
            platform=stack.platform,
            kind=change.kind,
            status=change.status,
            settings=change.spec,
            before=plan.get("before"),
            requested_by=login(session, change.requested_by),
            created_at=change.created_at,
            steps=plan.get("steps", []),
            findings=plan.get("findings", []),
            summary=plan.get("summary", {}),
            usd_day_before=change.usd_day_before,
            usd_day_after=change.usd_day_after,
            preview=preview_of(change),
            needs_approval=_needs_approval(session, change, stack),
            decided_by=login(session, change.decided_by) if change.decided_by else None,
            comment=change.comment,
            leftovers=LeftoversView.model_validate(change.leftovers) if change.leftovers else None,
            error=change.error,
            jobs=list(jobs),
        )


class JobView(_View):
    """One operation of Pulumi."""

    id: str
    change: str | None
    team: str
    stack: str
    kind: JobKind
    status: JobStatus
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancelling: bool
    recovering: bool
    """Whether it was cut off and the stack is being read back."""
    error: str | None
    summary: dict[str, int] | None

    @classmethod
    def of(cls, session: Session, job: Job, stack: Stack) -> Self:
        """Build the view of a job."""
        return cls(
            id=job.id,
            change=job.change_id,
            team=stack.team_id,
            stack=stack.name,
            kind=job.kind,
            status=job.status,
            requested_by=login(session, job.requested_by),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            cancelling=job.cancel_at is not None and job.finished_at is None,
            recovering=job.recovering and job.finished_at is None,
            error=job.error,
            summary=job.summary,
        )


def preview_of(change: Change) -> str:
    """Return what identifies the preview of a change: another one that found the same has the same."""
    if change.plan is None:
        return ""
    found = {name: change.plan.get(name) for name in ("steps", "findings", "summary", "before", "version")}
    return digest([found, change.spec, change.fingerprint, change.usd_day_before, change.usd_day_after])


def digest(document: Any) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of JSON, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]


def login(session: Session, person_id: str | None) -> str:
    """Return the login of a user; ``portal`` when there is none."""
    return session.get_one(Person, person_id).login if person_id else "portal"


def _needs_approval(session: Session, change: Change, stack: Stack) -> str | None:
    # Budgets and other services may have changed since the preview; what waits keeps the reason it was sent with.
    if change.status == ChangeStatus.PREVIEWED:
        return approval_now(session, change, stack)
    return change.needs_approval


def services(context: Context, *, gone: bool = False) -> list[ServiceView]:
    """Services of the actor's teams, by team and name."""
    query = select(Service, Stack).join(Stack, Stack.id == Service.stack_id)
    if not gone:
        query = query.where(Service.status != ServiceStatus.GONE)
    rows = context.session.execute(query.where(_mine(context.actor)).order_by(Stack.team_id, Service.name)).all()
    kept = _people(context.session, (service.requested_by for service, _ in rows))
    found = [ServiceView.of(context.session, service, stack) for service, stack in rows]
    del kept  # the session forgets what nothing holds
    return found


def changes(
    context: Context,
    statuses: Collection[ChangeStatus] = (),
    service: str | None = None,
    most: int = NEWEST,
    before: str | None = None,
) -> Listed[ChangeView]:
    """Changes of the actor's teams, newest first; with ``statuses``, only those.

    Raises:
        NotFoundError: the actor sees no change of the id ``before``.
    """
    query = select(Change, Stack).join(Stack, Stack.id == Change.stack_id)
    if statuses:
        query = query.where(Change.status.in_(statuses))
    if service is not None:
        query = query.where(Change.service_id == service)
    last = context.change(before)[0] if before else None
    rows, total, older = part(context.session, query.where(_mine(context.actor)), Change, last, most)
    # One query for all of them; each change would ask for its own.
    wanted = {change.service_id for change, _ in rows}
    kept: list[Any] = [*context.session.scalars(select(Service).where(Service.id.in_(wanted)))]
    kept += _people(
        context.session, (person for change, _ in rows for person in (change.requested_by, change.decided_by))
    )
    kept += context.session.scalars(select(Team).where(Team.id.in_({stack.team_id for _, stack in rows})))
    jobs_of = _jobs_of(context.session, [change.id for change, _ in rows])
    found = [ChangeView.of(context.session, change, stack, jobs_of[change.id]) for change, stack in rows]
    del kept  # the session forgets what nothing holds
    return Listed(found, total, older)


def to_decide(context: Context) -> int:
    """Return how many changes wait for the actor's approval; their own do not count."""
    query = select(Stack.team_id).join(Change, Stack.id == Change.stack_id)
    query = query.where(Change.status == ChangeStatus.WAITING, Change.requested_by != context.actor.id)
    return sum(context.actor.may(team, Role.APPROVER) for team in context.session.scalars(query))


def jobs(context: Context, before: str | None = None) -> Listed[JobView]:
    """Jobs of the actor's teams, newest first.

    Raises:
        NotFoundError: the actor sees no job of the id ``before``.
    """
    query = select(Job, Stack).join(Stack, Stack.id == Job.stack_id).where(_mine(context.actor))
    last = context.job(before)[0] if before else None
    rows, total, older = part(context.session, query, Job, last, NEWEST)
    kept = _people(context.session, (job.requested_by for job, _ in rows))
    found = [JobView.of(context.session, job, stack) for job, stack in rows]
    del kept  # the session forgets what nothing holds
    return Listed(found, total, older)


def _people(session: Session, ids: Iterable[str | None]) -> list[Person]:
    """People by one query; each view would ask for its own."""
    return list(session.scalars(select(Person).where(Person.id.in_({each for each in ids if each is not None}))))


def _jobs_of(session: Session, changes: Sequence[str]) -> dict[str, list[str]]:
    """Ids of the jobs of each change, oldest first."""
    found: dict[str, list[str]] = {change: [] for change in changes}
    query = select(Job.change_id, Job.id).where(Job.change_id.in_(changes)).order_by(Job.created_at)
    for change, job in session.execute(query):
        if change is not None:
            found[change].append(job)
    return found


def _mine(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.teams is None else Stack.team_id.in_(actor.teams)
