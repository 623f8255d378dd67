"""Outputs of a team's stack: URL and API key of a deployed service."""

from dataclasses import dataclass

from portal.errors import ConflictError
from portal.runner.protocol import RunnerError, StackRunner


@dataclass(frozen=True, kw_only=True, repr=False)
class Key:
    """What a client of the service needs."""

    url: str
    value: str
    """The key, in plain: for one answer and nothing else."""


def read(runner: StackRunner, stack: str, service: str, *, wanted: str) -> Key:
    """Address and key of a service. Asks Pulumi: not for a transaction.

    Raises:
        ConflictError: the stack cannot be read, or exports none; the message names what was ``wanted``.
    """
    try:
        exported = runner.exports(stack).values
        return Key(url=str(exported[f"{service}_url"]), value=str(exported[f"{service}_api_key"]))
    except (RunnerError, KeyError):
        raise ConflictError(f"the stack exports no {wanted} of {service}") from None
