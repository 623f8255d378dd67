"""API of a team's keys, limits and usage at the gateway of a platform."""

from fastapi import APIRouter, Request, Response, status

from portal.api.idempotency import IdempotentRoute, IdempotentSecretRoute
from portal.api.parts import TOTAL, part_of
from portal.http import gateway_requests
from portal.http.current_user import PortalDeps, Reader, Writer
from portal.http.gateway_requests import Days
from portal.operations.gateway_keys import GatewayKeyRequest, GatewayKeyView, NewGatewayKey, RotationRequest
from portal.operations.gateway_limits import GatewayLimitsRequest, GatewayLimitsView
from portal.operations.gateway_usage import GatewayUsageView
from portal.operations.views import ChangeView

_PREFIX = "/api/v1/gateways/{platform}/teams/{team}"
router = APIRouter(prefix=_PREFIX, route_class=IdempotentRoute, tags=["gateway"])
secrets_router = APIRouter(prefix=_PREFIX, route_class=IdempotentSecretRoute, tags=["gateway"])
"""Routes whose response has a secret."""


@router.get("/keys", responses=TOTAL)
async def list_gateway_keys(
    platform: str,
    team: str,
    request: Request,
    response: Response,
    deps: PortalDeps,
    actor: Reader,
    *,
    every: bool = False,
) -> list[GatewayKeyView]:
    """List the keys of a team, without their values: active ones, then the newest 50 that ended; with every, all of them."""
    at = await gateway_requests.place(deps, actor, platform, team)
    return part_of(await gateway_requests.keys(deps, at, every=every), request, response)


@secrets_router.post("/keys", status_code=status.HTTP_201_CREATED)
async def make_gateway_key(
    platform: str, team: str, body: GatewayKeyRequest, deps: PortalDeps, actor: Writer
) -> NewGatewayKey:
    """Make a key of a team; its value is not kept and not shown again."""
    return await gateway_requests.make_key(deps, actor, platform, team, body)


@secrets_router.post("/keys/{key_id}/rotate", status_code=status.HTTP_201_CREATED)
async def rotate_gateway_key(
    platform: str, team: str, key_id: str, body: RotationRequest, deps: PortalDeps, actor: Writer
) -> NewGatewayKey:
    """Make the successor of a key; the old one is accepted for some more hours."""
    return await gateway_requests.rotate_key(deps, actor, platform, team, key_id, body)


@router.delete("/keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_gateway_key(platform: str, team: str, key_id: str, deps: PortalDeps, actor: Writer) -> None:
    """Revoke a key; the gateway refuses it within seconds."""
    await gateway_requests.revoke_key(deps, actor, platform, team, key_id)


@router.get("/limits")
async def get_gateway_limits(platform: str, team: str, deps: PortalDeps, actor: Reader) -> GatewayLimitsView:
    """Get the limits and budgets of a team, and what it spent."""
    at = await gateway_requests.place(deps, actor, platform, team)
    return await gateway_requests.limits(deps, actor, at)


@router.put("/limits", status_code=status.HTTP_202_ACCEPTED)
async def request_gateway_limits(
    platform: str, team: str, body: GatewayLimitsRequest, deps: PortalDeps, actor: Writer
) -> ChangeView:
    """Request other limits, as a whole; returns the previewed change, which is approved where needed and then applied."""
    return await gateway_requests.request_limits(deps, actor, platform, team, body)


@router.get("/usage")
async def get_gateway_usage(
    platform: str,
    team: str,
    deps: PortalDeps,
    actor: Reader,
    days: Days = 30,
) -> GatewayUsageView:
    """Get requests, tokens and dollars of a team by day and model, of the last days."""
    at = await gateway_requests.place(deps, actor, platform, team)
    return await gateway_requests.usage(deps, at, days)
