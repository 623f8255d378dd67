"""What the parts of a gateway have in common: the platform it runs on, its settings, its names."""

from dataclasses import dataclass
from typing import Self

import pulumi

from components.kubernetes.scope import Scope
from components.platform import Platform
from settings.derived import bucket_prefixes
from settings.derived.gateway.facts import GatewayFacts
from settings.derived.gateway.names import NAME
from settings.derived.naming import Naming, selector_labels
from settings.derived.plan import StackPlan
from settings.derived.platform_facts import PlatformFacts
from settings.models.gateway import GatewaySettings
from settings.models.stack import PlatformSettings

USAGE_FOLDER = f"{bucket_prefixes.GATEWAY}/usage"
"""Prefix of the bucket with the usage of each month as CSV."""


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """Arguments of :class:`components.gateway.gateway.Gateway`."""

    gateway: GatewaySettings
    """Its settings."""
    names: GatewayFacts
    """Its namespace, service account and table."""
    facts: PlatformFacts
    """Region, networks and mirror of the platform it is of."""
    platform: Platform
    """Cluster and bucket."""
    naming: Naming
    """AWS tags and Kubernetes labels of the stack."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds its role."""
    protect: bool = False
    """Refuse every plan, and every call, that deletes the table."""

    @classmethod
    def of(
        cls,
        settings: PlatformSettings,
        gateway: GatewaySettings,
        plan: StackPlan,
        naming: Naming,
        platform: Platform,
    ) -> Self:
        """Arguments of the gateway of a platform stack.

        Raises:
            ValueError: the plan is of a stack without one.
        """
        if plan.facts.gateway is None:
            raise ValueError(f"stack {plan.stack} has no gateway")
        return cls(
            gateway=gateway,
            names=plan.facts.gateway,
            facts=plan.facts,
            platform=platform,
            naming=naming,
            permissions_boundary=settings.permissions_boundary,
            protect=settings.protect,
        )

    def image(self, reference: str) -> str:
        """The name that a pod has for an image: from the platform's mirror or caches, if it has them."""
        return self.facts.image_sources.pulled(reference)

    def scope(self, namespace: pulumi.Input[str], parent: pulumi.Resource) -> Scope:
        """The scope of its objects."""
        return Scope(
            name=NAME,
            namespace=namespace,
            parent=parent,
            labels=self.naming.labels,
            selector=selector_labels(NAME, NAME),
            pod_labels={"app.kubernetes.io/component": "gateway", "app.kubernetes.io/managed-by": "pulumi"},
        )
