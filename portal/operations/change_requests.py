"""Requests of users: a new service, other settings or replicas, its destroy; each starts with a preview."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.db.change_transitions import ChangeEvent, transition
from portal.db.people import Team
from portal.db.states import OPEN_CHANGES, ChangeKind, JobKind, JobStatus, ServiceStatus
from portal.db.work import Change, Job, Service, Stack
from portal.errors import ConflictError, InvalidError
from portal.identity.roles import Role
from portal.jobs.runs import stack_config
from portal.operations import lifetimes, request_checks
from portal.operations.context import Context
from portal.operations.forecast import approval_now
from portal.operations.schemas import NewServiceRequest, ServiceRequest
from portal.security import audit
from portal.stack_names import stack_name, taken
from settings.models.services.base import DEFAULT_KIND

_LONGEST_STACK_NAME = 63


def request_service(context: Context, body: NewServiceRequest, port: int) -> Change:
    """Request a new service.

    Raises:
        PortalError: it cannot be requested; the message has the reason.
    """
    team = context.unlocked_team(body.team)
    context.platforms.facts(body.platform)  # whether there is one
    ttl = body.ttl_hours or min(context.settings.default_ttl_hours, context.settings.max_ttl_hours)
    lifetimes.check_ttl(context, ttl)
    stack = stack_of(context, team, body.platform)
    service = Service(
        stack_id=stack.id,
        name=body.name,
        status=ServiceStatus.REQUESTED,
        requested_by=context.actor.id,
        ttl_hours=ttl,
    )
    taken = f"team {team.id} has a service {body.name!r} on {body.platform}: choose another name"
    context.session.add(service)
    try:
        context.session.flush()
    except IntegrityError:
        raise ConflictError(taken) from None
    gateway = context.platforms.gateway(body.platform) is not None
    spec = _with_size(context, body.service().settings(port, gateway=gateway))
    return _request(context, team, stack, service, ChangeKind.CREATE, spec)


def request_update(context: Context, service_id: str, body: ServiceRequest, port: int) -> Change:
    """Request other settings of a service.

    Raises:
        PortalError: it cannot be requested; the message has the reason.
    """
    service, stack = context.service(service_id, Role.REQUESTER)
    team = context.unlocked_team(stack.team_id)
    _require_kind(service, body.kind)
    kind = ChangeKind.CREATE if service.spec is None else ChangeKind.UPDATE
    gateway = context.platforms.gateway(stack.platform) is not None
    spec = body.settings(port, gateway=gateway, before=service.spec)
    return _request(context, team, stack, service, kind, _with_size(context, spec))


def request_scale(context: Context, service_id: str, replicas: int) -> Change:
    """Request another number of replicas.

    Raises:
        PortalError: it cannot be requested; the message has the reason.
    """
    service, stack = context.service(service_id, Role.REQUESTER)
    team = context.unlocked_team(stack.team_id)
    if service.spec is None:
        raise ConflictError("it was never deployed: request it with the settings you want")
    return _request(context, team, stack, service, ChangeKind.UPDATE, service.spec | {"replicas": replicas})


def request_destroy(context: Context, service_id: str, confirm: str) -> Change:
    """Request the destroy of a service.

    Raises:
        PortalError: it cannot be requested; the message has the reason.
    """
    service, stack = context.service(service_id, Role.REQUESTER)
    team = context.unlocked_team(stack.team_id)
    if confirm != service.name:
        raise InvalidError(f"type the service's name, {service.name}, to destroy it")
    return _request(context, team, stack, service, ChangeKind.DESTROY, None)


def _require_kind(service: Service, wanted: str) -> None:
    """Refuse another kind: objects of both have the same names, so the apply would end half-way with "already exists".

    Raises:
        ConflictError: the service is deployed and of another kind.
    """
    kind = wanted if service.spec is None else service.spec.get("kind", DEFAULT_KIND)
    if kind != wanted:
        raise ConflictError(
            f"{service.name} is of kind {kind}, and a deployed service keeps its kind: request one of kind {wanted} under "
            "another name, then destroy this one"
        )


def open_change(context: Context, service: Service) -> Change | None:
    """The change of a service that is not at its end yet."""
    query = select(Change).where(Change.service_id == service.id, Change.status.in_(OPEN_CHANGES))
    return context.session.scalar(query)


def _request(
    context: Context, team: Team, stack: Stack, service: Service, kind: ChangeKind, spec: dict[str, Any] | None
) -> Change:
    if service.status == ServiceStatus.GONE:
        raise ConflictError(f"{service.name} was deleted: request a new one")
    if (other := open_change(context, service)) is not None:
        raise ConflictError(
            f"{service.name} has an open change, {other.id} ({other.status}): finish or withdraw it first"
        )
    change = Change(
        stack_id=stack.id,
        service_id=service.id,
        kind=kind,
        spec=spec,
        requested_by=context.actor.id,
    )
    facts = context.platforms.facts(stack.platform)
    if spec is not None:
        request_checks.check_settings(stack, stack_config(context.session, stack, change), facts)
    request_checks.check_quota(context, team, service, spec)
    request_checks.check_capacity(context, stack, service, spec, facts)
    cost = context.planner.cost(spec, stack.platform, facts).usd_day if spec is not None else 0.0
    change.usd_day_before, change.usd_day_after = service.usd_day or 0.0, cost
    change.needs_approval = approval_now(context.session, change, stack)
    transition(change, ChangeEvent.REQUEST)
    context.session.add(change)
    context.session.flush()
    queue_preview(context, change)
    audit.note(
        context.session, context.actor, f"change.{kind}", f"{stack.name}/{service.name}", team=team.id, detail=change.id
    )
    return change


def queue_preview(context: Context, change: Change) -> Job:
    """Queue a preview of a change that is ``previewing``."""
    change.fingerprint = change.plan = change.error = None
    return queue_job(context, change, JobKind.PREVIEW)


def queue_job(context: Context, change: Change, kind: JobKind) -> Job:
    """Queue a job of a change, on behalf of the actor."""
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


def log_action(context: Context, change: Change, stack: Stack, action: str) -> None:
    """Write into the audit log what the actor did to a change, such as ``change.approve``, with the change's comment."""
    detail = change.comment or ""
    audit.note(context.session, context.actor, action, change.id, team=stack.team_id, detail=detail)


def delete_undeployed(context: Context, change: Change) -> None:
    """Delete the service of a rejected or withdrawn change, when there is one and it was never deployed."""
    if change.service_id is None:
        return
    service = context.session.get_one(Service, change.service_id)
    # Another request for it may be under way: then the service is that one's.
    if change.kind == ChangeKind.CREATE and service.spec is None and open_change(context, service) is None:
        service.status = ServiceStatus.GONE


def _with_size(context: Context, spec: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with the size of the weights, from which deadlines and disks are computed."""
    weights = spec.get("weights", {})
    if spec.get("kind", DEFAULT_KIND) != DEFAULT_KIND or "size_gib" in weights:
        return spec
    known = context.planner.weights_gib(spec["model"])
    if known is None:
        raise InvalidError(
            f"weights.size_gib: is missing, and the planner does not know {spec['model']}: specify its GiB"
        )
    return spec | {"weights": weights | {"size_gib": known}}


def stack_of(context: Context, team: Team, platform: str) -> Stack:
    """Return the team's stack on a platform, made at its first service; never one that another team has as well."""
    found = context.session.scalar(select(Stack).where(Stack.team_id == team.id, Stack.platform == platform))
    if found is not None:
        return found
    name = stack_name(platform, team.id)
    teams = context.session.scalars(select(Team.id).order_by(Team.id)).all()
    if (whose := taken(platform, team.id, context.platforms.names, teams)) is not None:
        raise ConflictError(f"team {team.id}: its stack on {platform} would be {name}, {whose}: use another platform")
    if len(name) > _LONGEST_STACK_NAME:
        raise InvalidError(f"{name}: is longer than {_LONGEST_STACK_NAME} characters, as long as a namespace can be")
    stack = Stack(team_id=team.id, platform=platform, name=name)
    context.session.add(stack)
    context.session.flush()
    return stack
