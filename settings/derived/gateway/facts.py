"""What team stacks and tools must know of a platform's gateway: plain data."""

import operator

from pydantic import Field

from settings.derived.gateway.names import NAME, NAMESPACE, table_name
from settings.derived.naming import label_value
from settings.models.base import SettingsModel
from settings.models.gateway import GatewayLimits, GatewaySettings


class GatewayFacts(SettingsModel):
    """The gateway of a platform; its URL is the output ``gateway_url``."""

    namespace: str
    """Kubernetes namespace of its pods."""
    service_account: str
    """Its service account there."""
    table: str
    """DynamoDB table of keys, limits and usage."""
    stack: str
    """The platform's stack as its label has it: the first part of the public names of its services."""
    hold_seconds: int
    """Seconds that a request is held while its model has no ready pod."""
    tls: bool
    """Whether clients speak HTTPS with it."""
    limits: GatewayLimits | None = None
    """Limits of tenants that have none of their own; None from a platform that was updated before they were exported."""
    response_logs: bool = Field(default=False, exclude_if=operator.not_)
    """Whether it logs responses of services and tenants that agree; absent where it does not."""


def gateway_facts(settings: GatewaySettings | None, stack: str) -> GatewayFacts | None:
    """The facts of the gateway of platform stack ``stack``; None for a stack without one."""
    if settings is None:
        return None
    return GatewayFacts(
        namespace=NAMESPACE,
        service_account=NAME,
        table=table_name(stack),
        stack=label_value(stack),
        hold_seconds=settings.hold_seconds,
        tls=settings.tls,
        limits=settings.limits,
        response_logs=settings.response_logs is not None,
    )
