"""Accounts: the users that the portal knows, and the closing of accounts."""

from pydantic import BaseModel
from sqlalchemy import select

from portal.db.people import Membership, Person
from portal.errors import ConflictError, NotFoundError
from portal.identity import people
from portal.operations.context import Context
from portal.security import audit


class PersonView(BaseModel):
    """A user the portal knows."""

    id: str
    login: str
    name: str
    active: bool
    """Whether the account is open."""
    roles: dict[str, str]
    """Team to role, as of the last sign-in; * is every team."""


def everybody(context: Context) -> list[PersonView]:
    """Everybody the portal knows, by login.

    Raises:
        ForbiddenError: the actor is no platform administrator.
    """
    context.actor.demand_platform_admin(to_look=True)
    roles: dict[str, dict[str, str]] = {}
    for member in context.session.scalars(select(Membership).order_by(Membership.team)):
        roles.setdefault(member.person_id, {})[member.team] = member.role
    found = context.session.scalars(select(Person).order_by(Person.login, Person.id))
    return [_view(person, roles.get(person.id, {})) for person in found]


def close(context: Context, person_id: str) -> PersonView:
    """Close an account: its sessions and tokens end now.

    Raises:
        ConflictError: it is the actor's own account.
        PortalError: the actor may not, or there is no such person.
    """
    person = _person(context, person_id)
    if person.id == context.actor.id:
        raise ConflictError("that is your own account: another platform administrator closes it")
    person.active = False
    people.end_sessions(context.session, person)
    people.revoke_tokens(context.session, person)
    audit.note(context.session, context.actor, "person.close", person.login)
    return _view(person, _roles(context, person))


def reopen(context: Context, person_id: str) -> PersonView:
    """Reopen an account; earlier tokens stay revoked.

    Raises:
        PortalError: the actor may not, or there is no such person.
    """
    person = _person(context, person_id)
    person.active = True
    audit.note(context.session, context.actor, "person.reopen", person.login)
    return _view(person, _roles(context, person))


def _person(context: Context, person_id: str) -> Person:
    context.actor.demand_platform_admin()
    person = context.session.get(Person, person_id)
    if person is None:
        raise NotFoundError("no such person")
    return person


def _roles(context: Context, person: Person) -> dict[str, str]:
    members = context.session.scalars(select(Membership).where(Membership.person_id == person.id))
    return {member.team: member.role for member in members}


def _view(person: Person, roles: dict[str, str]) -> PersonView:
    return PersonView(
        id=person.id,
        login=person.login,
        name=person.name,
        active=person.active,
        roles=roles,
    )
