"""What a provider says when it cannot do what was asked: one line, for the person who ran ``pulumi``."""

from collections.abc import Mapping, Sequence

from rehearsal.plugins.wire import Value


class ProviderError(Exception):
    """The operation failed and changed nothing that Pulumi has to know of."""


class UnknownTypeError(ProviderError):
    """The type or function is not one this stand-in knows."""

    def __init__(self, package: str, token: str) -> None:
        super().__init__(f"the rehearsal's {package} provider has no {token}; add it to its table, or leave it out")


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
