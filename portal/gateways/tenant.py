"""The tenant of a team at a gateway; it has the team's name, and until limits are set the gateway's own limits."""

from gateway.store import tenants
from gateway.store.limits import Limits
from gateway.store.table import Table
from gateway.store.tenants import Tenant, TenantChangeError
from portal.errors import ConflictError


def find(table: Table, team: str) -> Tenant | None:
    """The tenant of a team; None before its first key.

    Raises:
        ConflictError: the tenant of that name is none of the team's, such as one that an operator made.
        LimitsError: its item has limits that cannot be used.
        TableError: the table did not answer.
    """
    found = tenants.find(table, team)
    if found is not None and found.limits.team != team:
        whose = f"of team {found.limits.team}" if found.limits.team else "of no team"
        raise ConflictError(
            f"the gateway has a tenant {team} {whose}: an operator gives it to the team by "
            f"`llm-platform keys tenants set {team} --team {team}`, or removes it"
        )
    return found


def ensure(table: Table, team: str) -> None:
    """Make the tenant of a team unless there is one.

    Raises:
        ConflictError: the tenant of that name is none of the team's.
        TableError: the table did not answer.
    """
    if find(table, team) is not None:
        return
    try:
        tenants.save(table, team, Limits(team=team), version=0)
    except TenantChangeError:
        find(table, team)  # another request made it meanwhile
