"""Limits and budgets of a team at a platform's gateway: a change like any other, previewed, approved where needed, applied.

Its preview is the comparison with what the gateway's table has; the apply writes only on top of exactly that.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from gateway.store import usage
from gateway.store.limits import MICROUSD, MOST_MODELS, Limits, LimitsError, read_limits
from gateway.store.table import Table
from portal.clock import now
from portal.db.change_transitions import ChangeEvent, require, transition
from portal.db.people import Team
from portal.db.states import OPEN_CHANGES, ChangeKind, ChangeStatus
from portal.db.work import Change, Stack
from portal.errors import ConflictError, ForbiddenError, InvalidError
from portal.gateways import tenant
from portal.gateways.tables import Tables
from portal.identity.roles import Role
from portal.operations import change_requests
from portal.operations.context import Context
from portal.operations.forecast import approval_now
from portal.operations.gateway_access import TeamGateway
from portal.security import audit
from portal.stack_names import stack_name
from settings.derived.naming import label_value
from settings.models.gateway import GatewayLimits

_TEAM: Final = "team"


class GatewayLimitsRequest(BaseModel):
    """Limits of a team at a platform's gateway, as a whole; what is omitted is the gateway's default."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    models: list[str] | None = Field(default=None, max_length=MOST_MODELS)
    """Names of the models that the team's keys may use, STACK/SERVICE; none for all that the team may use."""
    requests_per_second: float | None = None
    """Requests a second, over all of the team's keys."""
    tokens_per_minute: int | None = None
    """Tokens a minute, of prompts and answers together."""
    concurrent_requests: int | None = None
    """Requests that run or are held at once."""
    usd_per_day: float | None = None
    """Budget of a day in UTC, in US dollars; none for no budget."""
    usd_per_month: float | None = None
    """Budget of a calendar month in UTC, in US dollars; none for no budget."""


class GatewayLimitsView(BaseModel):
    """What a team may use at a platform's gateway, and what it spent."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    limits: GatewayLimitsRequest
    defaults: GatewayLimits | None
    """The gateway's limits, for what the team has none of its own; none where they are not known."""
    version: int
    """Counts the changes; 0 while the team has neither limits nor keys."""
    spent_usd_day: float
    """US dollars since midnight UTC."""
    spent_usd_month: float
    """US dollars since the first of the month, UTC."""
    open_change: str | None = None
    """Id of the change of them that is not at its end."""


def current(tables: Tables, at: TeamGateway) -> GatewayLimitsView:
    """Return the limits of a team as they are. Calls AWS: not for a transaction.

    Raises:
        ConflictError: the table does not answer, has limits that cannot be used, or a tenant of that name is none of the team's.
    """

    def work(table: Table) -> GatewayLimitsView:
        found = tenant.find(table, at.team)
        spent = usage.spent(table, at.team, now().date())
        return GatewayLimitsView(
            limits=GatewayLimitsRequest(**_plain(found.limits if found else Limits())),
            defaults=at.gateway.limits,
            version=found.version if found else 0,
            spent_usd_day=spent.day / MICROUSD,
            spent_usd_month=spent.month / MICROUSD,
        )

    try:
        return tables.call(at.gateway, work)
    except LimitsError as error:
        raise ConflictError(
            f"the gateway's table has limits of team {at.team} that cannot be used ({'; '.join(error.issues)}): "
            "`llm-platform keys` sets them again"
        ) from None


def open_change(context: Context, platform: str, team: str, *, besides: str = "") -> Change | None:
    """Return the change of a team's limits on a platform that is not at its end yet, other than the one ``besides``."""
    query = (
        select(Change)
        .join(Stack, Stack.id == Change.stack_id)
        .where(
            Stack.team_id == team,
            Stack.platform == platform,
            Change.kind == ChangeKind.LIMITS,
            Change.status.in_(OPEN_CHANGES),
            Change.id != besides,
        )
    )
    return context.session.scalar(query)


def request(context: Context, at: TeamGateway, body: GatewayLimitsRequest, found: GatewayLimitsView) -> Change:
    """Request other limits; the change is previewed at once, against what was found a moment ago.

    Raises:
        InvalidError: they cannot be used; a line for each mistake.
        ConflictError: nothing would change, or another change of them is open.
        PortalError: the actor may not request them.
    """
    team = context.unlocked_team(at.team)
    wanted = _checked(body)
    _check_models(context, at.gateway.platform, team, wanted, found)
    if (other := open_change(context, at.gateway.platform, at.team)) is not None:
        raise ConflictError(
            f"the limits of {at.team} have an open change, {other.id} ({other.status}): finish or withdraw it first"
        )
    if wanted == _given(found.limits):
        raise ConflictError(f"the limits of {at.team} are so already")
    stack = change_requests.stack_of(context, team, at.gateway.platform)
    change = Change(stack_id=stack.id, kind=ChangeKind.LIMITS, spec=wanted, requested_by=context.actor.id)
    transition(change, ChangeEvent.REQUEST)
    context.session.add(change)
    _preview(context, change, stack, found)
    context.session.flush()
    audit.note(
        context.session,
        context.actor,
        "change.limits",
        at.where,
        team=team.id,
        detail=f"{change.id} {_in_words(wanted)}",
    )
    return change


def whose(context: Context, change_id: str) -> tuple[str, str] | None:
    """Return the platform and the team whose limits a change is of; None for a change of a service.

    Raises:
        NotFoundError: it is not the actor's.
    """
    change, stack = context.change(change_id)
    return (stack.platform, stack.team_id) if change.kind == ChangeKind.LIMITS else None


def preview_again(context: Context, change_id: str, found: GatewayLimitsView) -> Change:
    """Compare a change with the limits as they are now; an earlier approval is void.

    Raises:
        PortalError: it is at its end, or may not be requested any more.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    team = context.unlocked_team(stack.team_id)
    require(change, ChangeEvent.PREVIEW_AGAIN)
    _check_models(context, stack.platform, team, change.spec or {}, found)
    if (other := open_change(context, stack.platform, stack.team_id, besides=change.id)) is not None:
        raise ConflictError(f"the limits have another open change, {other.id}: finish or withdraw that first")
    change.decided_by = change.decided_at = change.comment = change.error = None
    transition(change, ChangeEvent.PREVIEW_AGAIN)
    _preview(context, change, stack, found)
    audit.note(context.session, context.actor, "change.preview", change.id, team=stack.team_id)
    return change


def apply(context: Context, change_id: str) -> None:
    """Let a change be written that was previewed and needs no approval, or has it; the writing itself comes afterwards.

    Raises:
        PortalError: it may not be applied; the message says why.
    """
    change, stack = context.change(change_id, Role.REQUESTER)
    context.unlocked_team(stack.team_id)
    require(change, ChangeEvent.APPLY)
    if change.status == ChangeStatus.PREVIEWED and (reason := approval_now(context.session, change, stack)) is not None:
        raise ForbiddenError(f"{reason}: send it for approval")
    transition(change, ChangeEvent.APPLY)
    change.plan = {**(change.plan or {}), "applied_at": now().isoformat()}
    where = f"{stack.platform}/{stack.team_id}"
    audit.note(context.session, context.actor, "change.apply", where, team=stack.team_id, detail=change.id)


def _preview(context: Context, change: Change, stack: Stack, found: GatewayLimitsView) -> None:
    before = _given(found.limits)
    change.plan = {"steps": [], "findings": [], "summary": {}, "before": before, "version": found.version}
    change.needs_approval = approval_now(context.session, change, stack)
    transition(change, ChangeEvent.PREVIEW_SUCCEEDED)


def _checked(body: GatewayLimitsRequest) -> dict[str, Any]:
    try:
        return _plain(read_limits(_given(body)))
    except LimitsError as error:
        raise InvalidError(*error.issues) from None


def _check_models(
    context: Context, platform: str, team: Team, wanted: Mapping[str, Any], found: GatewayLimitsView
) -> None:
    """Refuse further models of another team; those that a platform administrator has allowed stay on the list.

    Raises:
        InvalidError: the list has one that the limits do not have now, and the actor is no platform administrator.
    """
    if context.actor.platform_admin:
        return
    own = {label_value(platform), label_value(stack_name(platform, team.id))}
    allowed = found.limits.models or ()
    issues = [
        f"models: {model} is another team's: only a platform administrator can allow it"
        for model in wanted.get("models", ())
        if "/" in model and model.partition("/")[0] not in own and model not in allowed
    ]
    if issues:
        raise InvalidError(*issues)


def _given(limits: GatewayLimitsRequest) -> dict[str, Any]:
    return limits.model_dump(mode="json", exclude_none=True)


def _plain(limits: Limits) -> dict[str, Any]:
    """Limits as JSON has them, without the team, which is not the team's to change."""
    return {name: _as_json(value) for name, value in limits.given().items() if name != _TEAM}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value


def _in_words(limits: dict[str, Any]) -> str:
    listed = (f"{name}={' '.join(value) if isinstance(value, list) else value}" for name, value in limits.items())
    return ", ".join(listed) or "the gateway's defaults"
