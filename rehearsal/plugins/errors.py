"""Errors of a provider: one line each, for the user who runs ``pulumi``."""

from collections.abc import Mapping, Sequence

from rehearsal.plugins.wire import Value


class ProviderError(Exception):
    """The operation failed and changed nothing that Pulumi must record."""


class UnknownTypeError(ProviderError):
    """The emulator does not know the type or function."""

    def __init__(self, package: str, token: str) -> None:
        super().__init__(
            f"the rehearsal's {package} provider has no {token}; add it to rehearsal/{package}, or omit it"
        )


class InitFailedError(ProviderError):
    """The resource exists, but not as it should be; Pulumi keeps it in its state and tries to update it next time."""

    def __init__(
        self, resource_id: str, outputs: Mapping[str, Value], inputs: Mapping[str, Value], reasons: Sequence[str]
    ) -> None:
        super().__init__("; ".join(reasons))
        self.id = resource_id
        self.outputs = dict(outputs)
        self.inputs = dict(inputs)
        self.reasons = list(reasons)
