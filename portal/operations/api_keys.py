"""The API key of a deployed service, for requesters of its team."""

from portal.errors import ConflictError
from portal.identity.roles import Role
from portal.operations import playground, stack_outputs
from portal.operations.context import Context
from portal.operations.playground import Target
from portal.operations.stack_outputs import Key
from portal.runner.protocol import StackRunner
from portal.security import audit


def wanted(context: Context, service_id: str) -> Target:
    """Return the service whose key is requested, and note the request in the audit log.

    Raises:
        ConflictError: it does not run.
        PortalError: it is not the actor's to use.
    """
    service, stack = context.service(service_id, Role.REQUESTER)
    found = playground.target(context, service_id)
    audit.note(context.session, context.actor, "service.key", f"{stack.name}/{service.name}", team=stack.team_id)
    return found


def read(runner: StackRunner, of: Target) -> Key:
    """Return the key, as the stack exports it. Reads the stack: not for a transaction.

    Raises:
        ConflictError: the stack cannot be read, or exports none.
    """
    found = stack_outputs.read(runner, of.stack, of.name, wanted="key")
    if found.value is None:
        raise ConflictError(f"the stack exports no key of {of.name}: it answers without one")
    return found
