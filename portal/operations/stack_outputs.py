"""Outputs of a team's stack: URL and API key of a deployed service."""

from dataclasses import dataclass

from portal.errors import ConflictError
from portal.runner.protocol import RunnerError, StackRunner


@dataclass(frozen=True, kw_only=True, repr=False)
class Key:
    """URL and API key of a service."""

    url: str
    value: str | None
    """The key, in plain: for one answer and nothing else; None for a service without keys."""


def read(runner: StackRunner, stack: str, service: str, *, wanted: str) -> Key:
    """Address and key of a service. Asks Pulumi: not for a transaction.

    Raises:
        ConflictError: the stack cannot be read, or exports none; the message names what was ``wanted``.
    """
    try:
        exported = runner.exports(stack).values
        key = exported.get(f"{service}_api_key")
        return Key(url=str(exported[f"{service}_url"]), value=None if key is None else str(key))
    except (RunnerError, KeyError):
        raise ConflictError(f"the stack exports no {wanted} of {service}") from None
