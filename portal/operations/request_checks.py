"""Checks of a request: the program's own rules for settings, the team's quota, the pool's GPUs."""

from collections.abc import Mapping
from typing import Any

from portal.db.people import Team
from portal.db.work import Service, Stack
from portal.errors import ConflictError, InvalidError
from portal.operations.context import Context
from portal.operations.forecast import Spec, committed, forecast
from portal.stored_settings import gpus_of
from settings.derived.platform_facts import PlatformFacts
from settings.loading.parse import read
from settings.models.base import HUB_TOKEN


def check_settings(stack: Stack, config: Mapping[str, Any], facts: PlatformFacts) -> None:
    """Validate a stack's settings as the program will, so that mistakes show before a preview.

    Raises:
        InvalidError: every mistake, one line each.
    """
    # The token comes from the portal's own secrets and is added by the run.
    partial = read({**config, HUB_TOKEN: None}, stack=stack.name, platform=lambda _: facts)
    if partial.issues:
        raise InvalidError(*sorted({str(issue) for issue in partial.issues}))


def check_quota(context: Context, team: Team, service: Service, spec: Spec | None) -> None:
    """Check the team's quotas.

    Raises:
        ConflictError: with this change it would exceed a quota.
    """
    if spec is None:
        return
    ahead = forecast(context.session, team, None, gpus_of(spec), service_id=service.id)
    if ahead.gpus_after > team.gpu_quota:
        raise ConflictError(
            f"team {team.id} would request {ahead.gpus_after} GPUs, its quota is {team.gpu_quota}: scale something down, "
            "or ask a platform administrator"
        )
    if ahead.services_after > team.service_quota:
        raise ConflictError(
            f"team {team.id} would have {ahead.services_after} services, its quota is {team.service_quota}: destroy "
            "one, or ask a platform administrator"
        )


def check_capacity(context: Context, stack: Stack, service: Service, spec: Spec | None, facts: PlatformFacts) -> None:
    """Check the pool's GPUs against what all teams request: a team stack sees only itself.

    Raises:
        ConflictError: the pool keeps fewer GPUs for teams.
    """
    if spec is None:
        return
    pool = str(spec["pool"])
    taken = sum(
        other.gpus
        for other in committed(context.session)
        if other.platform == stack.platform and other.spec["pool"] == pool and other.service_id != service.id
    )
    kept = facts.pools[pool].team_gpus
    if taken + gpus_of(spec) > kept:
        raise ConflictError(
            f"pool {pool} of {stack.platform} keeps {kept} GPUs for teams, {taken} are taken: request {kept - taken} at "
            f"most, take another pool, or have pools.{pool}.team_gpus raised"
        )
