"""One question to a deployed model, asked by the portal: its API key never leaves it."""

from dataclasses import dataclass

import httpx

from portal.db.states import ServiceStatus
from portal.errors import ConflictError
from portal.identity.roles import Role
from portal.operations import exported
from portal.operations.context import Context
from portal.runner.protocol import StackRunner

_SECONDS = 60.0
_MOST_TOKENS = 512


@dataclass(frozen=True, kw_only=True)
class Target:
    """A service to talk to."""

    stack: str
    name: str
    model: str


def target(context: Context, service_id: str) -> Target:
    """The service, if it can be talked to.

    Raises:
        ConflictError: it does not run.
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id, Role.VIEWER)
    if service.status not in {ServiceStatus.RUNNING, ServiceStatus.DEPLOYING} or service.url is None:
        raise ConflictError(f"{service.name} is {service.status}: there is nothing to talk to")
    return Target(stack=stack.name, name=service.name, model=service.name)


def ask(runner: StackRunner, to: Target, message: str) -> str:
    """What the model answers.

    Raises:
        ConflictError: it cannot be reached, or answers with an error.
    """
    key = exported.read(runner, to.stack, to.name, wanted="address")
    body = {"model": to.model, "messages": [{"role": "user", "content": message}], "max_tokens": _MOST_TOKENS}
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            answer = client.post(
                f"{key.url}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key.value}"}
            ).raise_for_status()
            return str(answer.json()["choices"][0]["message"]["content"])
    except httpx.HTTPStatusError as error:
        raise ConflictError(f"{to.name} answered {error.response.status_code}") from None
    except (httpx.HTTPError, KeyError, ValueError, IndexError):
        raise ConflictError(f"{to.name} cannot be reached from the portal, or gave no answer") from None
