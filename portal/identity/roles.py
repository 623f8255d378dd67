"""Roles of users in teams, and what they allow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from portal.errors import ForbiddenError

EVERY_TEAM = "*"
READ_ONLY = "this token is read-only: create one without read-only"


class Role(StrEnum):
    """Role of a user in a team; each one includes those before it."""

    VIEWER = "viewer"
    """Sees services, changes and logs."""
    REQUESTER = "requester"
    """Asks for services, applies what needs no approval, destroys."""
    APPROVER = "approver"
    """Approves what others asked for."""
    ADMIN = "admin"
    """Locks the team, sees its audit log; for every team at once also sets quotas and budgets."""


_RANK = {role: place for place, role in enumerate(Role)}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A signed-in user, by browser or by token."""

    id: str
    login: str
    name: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Team to the highest role there; ``*`` is every team."""
    address: str = ""
    by_token: bool = False
    """Signed in with a token, not in a browser."""
    read_only: bool = False
    """Signed in with a token that may change nothing."""
    token_expires_at: datetime | None = None
    """When the token expires that it is signed in with; None in a browser."""

    @property
    def platform_admin(self) -> bool:
        """Administrator of every team."""
        return self.roles.get(EVERY_TEAM) is Role.ADMIN

    @property
    def administers(self) -> bool:
        """Administrator of some team, or of every one."""
        return Role.ADMIN in self.roles.values()

    @property
    def teams(self) -> frozenset[str] | None:
        """Teams whose things it may see; None for all."""
        return None if EVERY_TEAM in self.roles else frozenset(self.roles)

    def role_in(self, team: str) -> Role | None:
        """The highest role in a team."""
        held = [self.roles[name] for name in (team, EVERY_TEAM) if name in self.roles]
        return max(held, key=_RANK.__getitem__, default=None)

    def may(self, team: str, role: Role) -> bool:
        """Whether it may do what ``role`` may do in ``team``."""
        held = self.role_in(team)
        return held is not None and _RANK[held] >= _RANK[role] and (role is Role.VIEWER or not self.read_only)

    def demand(self, team: str, role: Role) -> None:
        """Refuse unless it may.

        Raises:
            ForbiddenError: it may not.
        """
        if self.read_only and role is not Role.VIEWER:
            raise ForbiddenError(READ_ONLY)
        if not self.may(team, role):
            raise ForbiddenError(
                f"that takes the role {role} in team {team}; you are {self.role_in(team) or 'not a member'} there"
            )

    def demand_platform_admin(self, *, to_look: bool = False) -> None:
        """Refuse unless it is an administrator of every team; a token that may only read is one ``to_look``.

        Raises:
            ForbiddenError: it is not.
        """
        if not self.platform_admin or (self.read_only and not to_look):
            raise ForbiddenError("that takes a platform administrator")


def highest(pairs: Iterable[tuple[str, str]]) -> dict[str, Role]:
    """Team to the highest of the roles listed for it."""
    found: dict[str, Role] = {}
    for team, name in pairs:
        role = Role(name)
        if team not in found or _RANK[role] > _RANK[found[team]]:
            found[team] = role
    return found


def from_groups(groups: Iterable[str], mapping: Mapping[str, str]) -> dict[str, Role]:
    """Roles by team, from an issuer's groups: as mapped, or written ``llm:TEAM:ROLE``; others say nothing here."""
    pairs = []
    for group in groups:
        text = mapping.get(group) or (group.removeprefix("llm:") if group.startswith("llm:") else "")
        team, _, role = text.rpartition(":")
        if team and role in set(Role):
            pairs.append((team, role))
    return highest(pairs)
