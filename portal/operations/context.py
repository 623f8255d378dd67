"""Context of an operation, and the one way to the services, changes and jobs of a team."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.benchmarks.reading import Benchmarks
from portal.clusters.cache import Clusters
from portal.db.people import Team
from portal.db.work import Change, Job, Service, Stack
from portal.errors import ConflictError, NotFoundError
from portal.identity.roles import Actor, Role
from portal.metrics.reading import Metrics
from portal.platforms import Platforms
from portal.proposals import Planner
from portal.runner.protocol import StackRunner
from portal.settings import PortalSettings


@dataclass(frozen=True, kw_only=True)
class Context:
    """Context of one operation: the user, the transaction, and what it can use."""

    session: Session
    actor: Actor
    settings: PortalSettings
    platforms: Platforms
    clusters: Clusters
    metrics: Metrics
    benchmarks: Benchmarks
    planner: Planner
    runner: StackRunner

    def team(self, team_id: str, role: Role = Role.VIEWER) -> Team:
        """A team of the actor.

        Raises:
            NotFoundError: there is none of that id that the actor may see.
            ForbiddenError: the role there is not enough.
        """
        team = self.session.get(Team, team_id)
        if team is None or not self.actor.may(team_id, Role.VIEWER):
            raise NotFoundError("no such team, or not one of yours")
        self.actor.demand(team_id, role)
        return team

    def unlocked_team(self, team_id: str, role: Role = Role.REQUESTER) -> Team:
        """A team in which the actor may change something now.

        Raises:
            NotFoundError: as ``team``.
            ForbiddenError: as ``team``.
            ConflictError: the team is locked.
        """
        team = self.team(team_id, role)
        if team.locked is not None:
            raise ConflictError(f"team {team.id} is locked: {team.locked}")
        return team

    def service(self, service_id: str, role: Role = Role.VIEWER) -> tuple[Service, Stack]:
        """A service of one of the actor's teams, with its stack. Raises as ``team``."""
        service = self.session.get(Service, service_id)
        if service is None:
            raise NotFoundError("no such service, or not one of your teams'")
        return service, self._stack(service.stack_id, role, "service")

    def change(self, change_id: str, role: Role = Role.VIEWER) -> tuple[Change, Stack]:
        """A change in one of the actor's teams, with its stack. Raises as ``team``."""
        change = self.session.get(Change, change_id)
        if change is None:
            raise NotFoundError("no such change, or not one of your teams'")
        return change, self._stack(change.stack_id, role, "change")

    def job(self, job_id: str, role: Role = Role.VIEWER) -> tuple[Job, Stack]:
        """A job of one of the actor's teams, with its stack. Raises as ``team``."""
        job = self.session.get(Job, job_id)
        if job is None:
            raise NotFoundError("no such job, or not one of your teams'")
        return job, self._stack(job.stack_id, role, "job")

    def _stack(self, stack_id: str, role: Role, what: str) -> Stack:
        stack = self.session.get_one(Stack, stack_id)
        if not self.actor.may(stack.team_id, Role.VIEWER):
            raise NotFoundError(f"no such {what}, or not one of your teams'")
        self.actor.demand(stack.team_id, role)
        return stack
