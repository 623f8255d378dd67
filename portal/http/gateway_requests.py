"""Requests about a team's keys, limits and usage at a gateway, for pages and API alike: the table is called beside the pages."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, TypeVar

from fastapi import Query
from httpx import codes
from starlette.concurrency import run_in_threadpool

from portal.errors import ConflictError, PortalError
from portal.http.dependencies import Dependencies
from portal.identity.roles import Actor, Role
from portal.operations import gateway_access, gateway_keys, gateway_limits, gateway_usage
from portal.operations.gateway_access import TeamGateway
from portal.operations.gateway_keys import GatewayKeyRequest, GatewayKeyView, NewGatewayKey, RotationRequest
from portal.operations.gateway_limits import GatewayLimitsRequest, GatewayLimitsView
from portal.operations.gateway_usage import GatewayUsageView
from portal.operations.listing import Listed
from portal.operations.playground import ModelRefusalError, Target
from portal.operations.stack_outputs import Key
from portal.operations.views import ChangeView
from portal.platforms import Gateway
from portal.security import audit

_T = TypeVar("_T")
Days = Annotated[int, Query(ge=1, le=gateway_usage.LONGEST_DAYS)]
"""Of usage: the last days, today included."""


async def place(deps: Dependencies, actor: Actor, platform: str, team: str, role: Role = Role.VIEWER) -> TeamGateway:
    """Return a team's place at the gateway of a platform.

    Raises:
        PortalError: as ``gateway_access.team_gateway``.
    """

    def look() -> TeamGateway:
        with deps.read_context(actor) as context:
            return gateway_access.team_gateway(context, platform, team, role)

    return await (run_in_threadpool(look) if deps.platforms.is_known(platform) else deps.slow.read(look))


async def gateway_of(deps: Dependencies, platform: str) -> Gateway | None:
    """Return the gateway of a platform; None for one without. Raises as ``Platforms.gateway``."""
    if deps.platforms.is_known(platform):
        return deps.platforms.gateway(platform)
    # A platform that was not read yet is read by Pulumi.
    return await deps.slow.read(deps.platforms.gateway, platform)


async def answer(deps: Dependencies, gateway: Gateway, to: Target, message: str) -> str:
    """Return the answer of a service's model through the gateway, with a key of the team that only the portal has.

    Raises:
        ConflictError: the table, the gateway or the model does not answer, or refuses; the message has the reason.
    """
    key = await deps.slow.table(deps.chat_keys.key, gateway, to.team)
    model = gateway_access.model_name(to.stack, to.name)
    through = Key(url=gateway.url.removesuffix("/v1"), value=key)
    try:
        return await deps.chats.ask(to.name, model, through, message)
    except ModelRefusalError as error:
        if error.code == codes.UNAUTHORIZED:
            deps.chat_keys.forget(gateway, to.team)
            raise ConflictError("the gateway does not accept the portal's key any more: send it again") from None
        if error.code == codes.NOT_FOUND:
            raise ConflictError(
                f"the gateway does not serve {model} to team {to.team}: the team's limits may not list it; a service that was "
                "deployed before the gateway is served after its next change"
            ) from None
        raise


async def keys(deps: Dependencies, at: TeamGateway, *, every: bool = False) -> Listed[GatewayKeyView]:
    """Return the keys of a team. Raises as ``gateway_keys.listed``."""
    return await _table(deps, partial(gateway_keys.listed, every=every), at)


async def make_key(
    deps: Dependencies, actor: Actor, platform: str, team: str, body: GatewayKeyRequest
) -> NewGatewayKey:
    """Make a key; its value is in the answer and nowhere else. Raises as ``gateway_keys.make``."""
    detail = f"{body.name}, {body.days} days"
    return await _changed(
        deps, actor, platform, team, "key.make", detail, lambda at: _table(deps, gateway_keys.make, at, body, actor)
    )


async def rotate_key(
    deps: Dependencies, actor: Actor, platform: str, team: str, key_id: str, body: RotationRequest
) -> NewGatewayKey:
    """Make the successor of a key. Raises as ``gateway_keys.rotate``."""
    detail = f"{key_id[:16]}, both are valid for {body.overlap_hours} h"
    return await _changed(
        deps,
        actor,
        platform,
        team,
        "key.rotate",
        detail,
        lambda at: _table(deps, gateway_keys.rotate, at, key_id, body, actor),
    )


async def revoke_key(deps: Dependencies, actor: Actor, platform: str, team: str, key_id: str) -> None:
    """Revoke a key. Raises as ``gateway_keys.revoke``."""
    await _changed(
        deps,
        actor,
        platform,
        team,
        gateway_keys.REVOKE,
        key_id[:16],
        lambda at: _table(deps, gateway_keys.revoke, at, key_id),
    )


async def limits(deps: Dependencies, actor: Actor, at: TeamGateway) -> GatewayLimitsView:
    """Return the limits of a team, what it spent, and the open change of them. Raises as ``gateway_limits.current``."""
    found = await _table(deps, gateway_limits.current, at)
    return found.model_copy(update={"open_change": await run_in_threadpool(_open_change, deps, actor, at)})


async def request_limits(
    deps: Dependencies, actor: Actor, platform: str, team: str, body: GatewayLimitsRequest
) -> ChangeView:
    """Request other limits. Raises as ``gateway_limits.request``."""
    at = await place(deps, actor, platform, team, Role.REQUESTER)
    found = await _table(deps, gateway_limits.current, at)

    def store() -> ChangeView:
        with deps.write_context(actor) as context:
            change = gateway_limits.request(context, at, body, found)
            return ChangeView.of(context.session, change, context.change(change.id)[1])

    return await run_in_threadpool(store)


async def limits_of(deps: Dependencies, actor: Actor, change_id: str) -> TeamGateway | None:
    """Return whose limits a change is of; None for a change of a service."""

    def look() -> tuple[str, str] | None:
        with deps.read_context(actor) as context:
            return gateway_limits.whose(context, change_id)

    found = await run_in_threadpool(look)
    return await place(deps, actor, *found) if found is not None else None


async def preview_limits_again(deps: Dependencies, actor: Actor, at: TeamGateway, change_id: str) -> None:
    """Compare a change with the limits as they are now. Raises as ``gateway_limits.preview_again``."""
    found = await _table(deps, gateway_limits.current, at)

    def store() -> None:
        with deps.write_context(actor) as context:
            gateway_limits.preview_again(context, change_id, found)

    await run_in_threadpool(store)


async def apply_limits(deps: Dependencies, actor: Actor, change_id: str) -> None:
    """Write limits into the gateway's table; how that ended is the change's status. Raises as ``gateway_limits.apply``."""

    def store() -> None:
        with deps.write_context(actor) as context:
            gateway_limits.apply(context, change_id)

    await run_in_threadpool(store)
    await deps.slow.table(deps.limits_writer.write, change_id)


async def usage(deps: Dependencies, at: TeamGateway, days: int) -> GatewayUsageView:
    """Return the usage of the last days. Raises as ``gateway_usage.read``."""
    return await _table(deps, gateway_usage.read, at, days)


def _open_change(deps: Dependencies, actor: Actor, at: TeamGateway) -> str | None:
    with deps.read_context(actor) as context:
        change = gateway_limits.open_change(context, at.gateway.platform, at.team)
        return change.id if change is not None else None


async def _table(deps: Dependencies, work: Callable[..., _T], *arguments: object) -> _T:
    return await deps.slow.table(work, deps.tables, *arguments)


async def _changed(
    deps: Dependencies,
    actor: Actor,
    platform: str,
    team: str,
    action: str,
    detail: str,
    work: Callable[[TeamGateway], Awaitable[_T]],
) -> _T:
    """Note a change of keys, make it, and note where it failed."""
    await place(deps, actor, platform, team, Role.REQUESTER)  # reads the platform, before a transaction begins
    at = await run_in_threadpool(_noted, deps, actor, platform, team, action, detail)
    try:
        return await work(at)
    except PortalError as error:
        await run_in_threadpool(_failed, deps, actor, at, action, f"{detail}: {error}")
        raise


def _noted(deps: Dependencies, actor: Actor, platform: str, team: str, action: str, detail: str) -> TeamGateway:
    with deps.write_context(actor) as context:
        return gateway_keys.want(context, platform, team, action, detail)


def _failed(deps: Dependencies, actor: Actor, at: TeamGateway, action: str, detail: str) -> None:
    with deps.write_context(actor) as context:
        audit.note(context.session, actor, f"{action}.failed", at.where, team=at.team, detail=detail)
