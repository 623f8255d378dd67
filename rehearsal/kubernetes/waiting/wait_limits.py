"""Limits of the provider's waits: how long it waits for what can still come, and when it gives up.

pulumi-kubernetes waits as it would for a cloud: ten seconds after the last change of a Service's endpoints, a minute for
a missing namespace or kind, the whole time limit for a rollout that cannot succeed. In a rehearsal everything is there
within a second and a mistake should show at once, so the default is shorter and says so; `REHEARSE_WAITS=real` or
`rehearse up --real-waits` brings the real ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

VARIABLE = "REHEARSE_WAITS"
REAL = "real"
API_VARIABLE = "REHEARSE_API_SECONDS"


@dataclass(frozen=True, kw_only=True)
class WaitLimits:
    """Times in seconds.

    Attributes:
        retry_seconds: Before the second try of a create whose namespace or kind is missing; each next pause is twice
            as long, six tries in all (`provider/pkg/retry`, `await.Creation`: 1 s).
        settle_seconds: Without a change of a Service's endpoints (`await/service.go`: 10 s).
        until_the_limit: Wait until the time limit even for what cannot succeed any more.
        api_seconds: For an API server that does not answer; it may be restarting. `REHEARSE_API_SECONDS` sets it.
    """

    retry_seconds: float = 0.1
    settle_seconds: float = 1.0
    until_the_limit: bool = False
    api_seconds: float = 45.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the limits that the environment variables set."""
        api_seconds = float(environment.get(API_VARIABLE) or cls.api_seconds)
        if environment.get(VARIABLE) == REAL:
            return cls(retry_seconds=1.0, settle_seconds=10.0, until_the_limit=True, api_seconds=api_seconds)
        return cls(api_seconds=api_seconds)
