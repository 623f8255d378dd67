"""A gateway under mocks."""

from typing import Any
from unittest import mock

from components.gateway import archive
from components.gateway.context import GatewayArgs
from components.gateway.gateway import Gateway
from settings.derived.gateway.facts import gateway_facts
from settings.models.gateway import GatewaySettings
from tests.components.builders import (
    BOUNDARY,
    MONITORING,
    facts,
    naming,
    on_kubernetes,
    platform,
    platform_facts,
    waited_for,
)
from tests.harness import ARCHIVE, Deployment, deploy

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
PRIVATE_CA = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/12345678-1234-1234-1234-123456789012"


def arguments(
    *, protect: bool = False, mirror: str | None = None, monitored: bool = False, **settings: Any
) -> GatewayArgs:
    """Arguments of the gateway of stack dev; ``settings`` are its own."""
    gateway = GatewaySettings.model_validate(settings)
    names = gateway_facts(gateway, "dev")
    assert names
    return GatewayArgs(
        gateway=gateway,
        names=names,
        facts=platform_facts(
            pools=facts({}),
            image_mirror=mirror,
            monitoring=MONITORING if monitored else None,
            load_balancer_cidrs={"internal": ["10.0.0.0/26"], "internet-facing": ["10.0.1.0/24"]},
        ),
        platform=platform([waited_for()]),
        naming=naming(),
        permissions_boundary=BOUNDARY,
        protect=protect,
    )


def gateway(**settings: Any) -> Deployment:
    """One Gateway."""

    def program() -> None:
        with mock.patch.object(archive, "build", return_value=ARCHIVE):
            Gateway("gateway", arguments(**settings), on_kubernetes()).export()

    deployment = deploy(program)
    assert deployment.error is None, deployment.error
    return deployment
