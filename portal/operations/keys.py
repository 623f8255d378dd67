"""The API key of a deployed service, for whoever may ask for services of its team."""

from dataclasses import dataclass

from portal.errors import ConflictError
from portal.identity.roles import Role
from portal.operations import chatting
from portal.operations.chatting import Target
from portal.operations.context import Context
from portal.runner.protocol import RunnerError, StackRunner
from portal.security import audit


@dataclass(frozen=True, kw_only=True, repr=False)
class Key:
    """What a client of the service needs."""

    url: str
    value: str
    """The key, in plain: for one answer and nothing else."""


def wanted(context: Context, service_id: str) -> Target:
    """The service whose key is asked for; the audit log says who asked.

    Raises:
        ConflictError: it does not run.
        PortalError: it is not the actor's to use.
    """
    service, stack = context.service(service_id, Role.REQUESTER)
    found = chatting.target(context, service_id)
    audit.note(context.session, context.actor, "service.key", f"{stack.name}/{service.name}", team=stack.team_id)
    return found


def read(runner: StackRunner, of: Target) -> Key:
    """The key, as the stack exports it. Asks Pulumi: not for a transaction.

    Raises:
        ConflictError: the stack cannot be read, or exports none.
    """
    try:
        exported = runner.exports(of.stack).values
        return Key(url=str(exported[f"{of.name}_url"]), value=str(exported[f"{of.name}_api_key"]))
    except (RunnerError, KeyError):
        raise ConflictError(f"the stack exports no key of {of.name}") from None
