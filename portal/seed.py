"""Two teams with one person in each role, for the rehearsal: local accounts that are worth nothing elsewhere."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.people import Person, Team
from portal.errors import SetupError
from portal.identity.passwords import Passwords
from portal.identity.people import set_roles
from portal.identity.roles import EVERY_TEAM, Role
from portal.settings import PortalSettings
from workspace.files import write_atomically

TEAMS = {"search": "Search", "support": "Support"}
_GPUS = 4
_SERVICES = 4
_BUDGET_USD_DAY = 40.0
ADMIN = "admin"


def seed(
    session: Session, settings: PortalSettings, passwords: Passwords, teams: Mapping[str, str] = MappingProxyType(TEAMS)
) -> dict[str, str]:
    """Make what is missing of these teams (id to name) and their people. Returns name to password, kept beside the database so that a restart prints the same.

    Raises:
        SetupError: people sign in at an issuer.
    """
    if settings.sign_in != "local":
        raise SetupError("seeding makes local accounts: set PORTAL_SIGN_IN=local")
    kept = settings.data_dir / "seed-password"
    if not kept.exists():
        write_atomically(kept, secrets.token_urlsafe(9))
    password = kept.read_text()
    for team_id, name in teams.items():
        if session.get(Team, team_id) is None:
            session.add(
                Team(
                    id=team_id,
                    name=name,
                    gpu_quota=_GPUS,
                    service_quota=_SERVICES,
                    budget_usd_day=_BUDGET_USD_DAY,
                )
            )
    people = {f"{team}-{role}": {team: role} for team in teams for role in Role} | {ADMIN: {EVERY_TEAM: Role.ADMIN}}
    for login, roles in people.items():
        _person(session, login, roles, passwords, password)
    return dict.fromkeys(people, password)


def _person(session: Session, login: str, roles: dict[str, Role], passwords: Passwords, password: str) -> None:
    person = session.scalar(select(Person).where(Person.subject == f"local:{login}"))
    if person is None:
        person = Person(subject=f"local:{login}", login=login, name=login.replace("-", " ").title())
        session.add(person)
    if not passwords.right(person.password_hash, password):
        person.password_hash = passwords.hash(password)
    session.flush()
    set_roles(session, person, roles)


def password_file(settings: PortalSettings) -> Path:
    """Return the file with the password of the seeded accounts."""
    return settings.data_dir / "seed-password"
