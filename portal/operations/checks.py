"""Whether a change may be: the program's own rules for settings, the team's quota, the platform's GPUs."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.capacity import for_team
from foundation.checks import check
from foundation.draft import Draft, read_draft
from foundation.platform_facts import PlatformFacts
from foundation.settings import TOKEN, TeamSettings
from portal.db.people import Team
from portal.db.states import ChangeStatus, ServiceStatus
from portal.db.work import Change, Service, Stack
from portal.errors import ConflictError, InvalidError
from portal.jobs.outcomes import approval_reason
from portal.operations.context import Context
from portal.proposals import gpus_of

Spec = Mapping[str, Any]


def check_settings(stack: Stack, config: Mapping[str, Any], facts: PlatformFacts) -> None:
    """Judge a stack's settings as the program will, so that mistakes show before a preview.

    Raises:
        InvalidError: every mistake, one line each.
    """
    draft = Draft(stack=stack.name, team=True, raw={"namespace": stack.name} | dict(config))
    read_draft(TeamSettings, draft)
    draft.facts = {name: for_team(pool) for name, pool in facts.pools.items()}
    draft.zones, draft.platform = facts.zones, facts
    # The token comes from the portal's own secrets and is added by the run.
    draft.raw = {**draft.raw, TOKEN: None}
    check(draft)
    if draft.problems:
        raise InvalidError(*sorted({str(problem) for problem in draft.problems}))


def check_quota(context: Context, team: Team, service: Service, spec: Spec | None) -> None:
    """Hold the team to its quotas.

    Raises:
        ConflictError: with this change it would have more than it may.
    """
    others = [other for owner, other_id, _, other in _committed(context) if owner == team.id and other_id != service.id]
    if spec is None:
        return
    gpus = sum(map(gpus_of, others)) + gpus_of(spec)
    if gpus > team.gpu_quota:
        raise ConflictError(
            f"team {team.id} would ask for {gpus} GPUs, its quota is {team.gpu_quota}: scale something down, or ask a "
            "platform administrator"
        )
    if len(others) + 1 > team.service_quota:
        raise ConflictError(
            f"team {team.id} would have {len(others) + 1} services, its quota is {team.service_quota}: destroy one, or "
            "ask a platform administrator"
        )


def check_capacity(context: Context, stack: Stack, service: Service, spec: Spec | None, facts: PlatformFacts) -> None:
    """Add up what all teams ask of the pool: a team stack sees only itself.

    Raises:
        ConflictError: the pool keeps fewer GPUs for teams.
    """
    if spec is None:
        return
    pool = str(spec["pool"])
    taken = sum(
        gpus_of(other)
        for _, other_id, platform, other in _committed(context)
        if platform == stack.platform and other["pool"] == pool and other_id != service.id
    )
    kept = facts.pools[pool].team_gpus
    if taken + gpus_of(spec) > kept:
        raise ConflictError(
            f"pool {pool} of {stack.platform} keeps {kept} GPUs for teams, {taken} are taken: ask for {kept - taken} at "
            f"most, take another pool, or have pools.{pool}.team_gpus raised"
        )


def usd_day(session: Session, team: Team, service_id: str, after: float | None) -> tuple[float, float | None]:
    """What the team's services cost a day, in US dollars: now, and with one of them at ``after``.

    What is being applied counts at the dearer of what was and what will be, on whichever platform it is.
    """
    query = (
        select(Service)
        .join(Stack, Stack.id == Service.stack_id)
        .where(Stack.team_id == team.id, Service.status != ServiceStatus.GONE)
    )
    applying = {service: change.usd_day_after or 0.0 for service, change in _applying(session).items()}
    costs = {each.id: max(each.usd_day or 0.0, applying.get(each.id, 0.0)) for each in session.scalars(query)}
    before = sum(costs.values())
    others = before - costs.get(service_id, 0.0)
    return before, None if after is None else others + after


def approval_now(session: Session, change: Change, stack: Stack) -> str | None:
    """Why an approver must look at a change, by today's budget and services; None when none must."""
    team = session.get_one(Team, stack.team_id)
    return approval_reason(team, *usd_day(session, team, change.service_id, change.usd_day_after))


def _applying(session: Session) -> dict[str, Change]:
    """What is being applied, by the id of its service."""
    found = session.scalars(select(Change).where(Change.status == ChangeStatus.APPLYING))
    return {change.service_id: change for change in found}


def _committed(context: Context) -> Iterator[tuple[str, str, str, Spec]]:
    """Team, id, platform and settings of every service that runs, or is about to be what was approved."""
    applying = {service: change.spec for service, change in _applying(context.session).items()}
    query = select(Service, Stack).join(Stack, Stack.id == Service.stack_id).where(Service.status != ServiceStatus.GONE)
    for service, stack in context.session.execute(query):
        # Until a change is applied the GPUs of both, what was and what will be, are in use.
        specs = [spec for spec in (service.spec, applying.get(service.id)) if spec is not None]
        if specs:
            yield stack.team_id, service.id, stack.platform, max(specs, key=gpus_of)
