"""A team's place at a platform's gateway: its tenant has the name of the team."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.db.states import ServiceStatus
from portal.db.work import Service, Stack
from portal.errors import NotFoundError
from portal.identity.roles import Role
from portal.operations.context import Context
from portal.platforms import Gateway
from settings.derived.gateway.names import public_name
from settings.derived.naming import label_value


@dataclass(frozen=True, kw_only=True)
class TeamGateway:
    """A team at a platform's gateway."""

    gateway: Gateway
    team: str
    """Id of the team, and name of its tenant."""
    locked: str | None
    """Why the team may change nothing; None where it is not locked."""

    @property
    def where(self) -> str:
        """What the audit log calls it."""
        return f"{self.gateway.platform}/{self.team}"


def team_gateway(
    context: Context, platform: str, team: str, role: Role = Role.VIEWER, *, changes: bool = False
) -> TeamGateway:
    """Return a team's place at the gateway of a platform. May call Pulumi: not for a writing transaction.

    Raises:
        NotFoundError: the platform has no gateway, or there is no such team of the actor's.
        PortalError: the role there is not enough, the team is locked and something ``changes``, or the platform cannot be read.
    """
    found = context.unlocked_team(team, role) if changes else context.team(team, role)
    gateway = context.platforms.gateway(platform)
    if gateway is None:
        raise NotFoundError(f"platform {platform} has no gateway")
    return TeamGateway(gateway=gateway, team=team, locked=found.locked)


def model_name(stack: str, service: str) -> str:
    """Return the name by which a service is called through the gateway: ``STACK/SERVICE``."""
    return public_name(label_value(stack), service)


def models(context: Context, at: TeamGateway) -> list[str]:
    """Return the names of the team's own services that run on the platform."""
    query = (
        select(Stack.name, Service.name)
        .join(Service, Service.stack_id == Stack.id)
        .where(
            Stack.team_id == at.team,
            Stack.platform == at.gateway.platform,
            Service.status.in_((ServiceStatus.RUNNING, ServiceStatus.DEPLOYING)),
        )
        .order_by(Service.name)
    )
    return [model_name(stack, service) for stack, service in context.session.execute(query)]
