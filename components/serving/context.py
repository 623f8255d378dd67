"""The context of a stack's services: platform, namespace, naming and limits, made once and given to every service."""

from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

import pulumi

from components.kubernetes.scope import Scope
from components.platform import Platform
from components.serving.namespace import ServingNamespace
from components.storage.bucket_access import BucketAccess
from planner.cost import PriceTable, list_prices
from settings.derived.billable import stack_prices
from settings.derived.gateway.names import public_name
from settings.derived.naming import Naming, label_value, selector_labels
from settings.derived.plan import StackPlan
from settings.derived.platform_facts import PlatformFacts
from settings.models.services.base import ServiceSettings
from settings.models.stack import PlatformSettings, TeamSettings

SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, kw_only=True)
class ServingContext:
    """What all services of a stack have in common."""

    platform: Platform
    """Cluster and bucket."""
    plan: StackPlan
    """Facts that follow from the stack's settings: region, pools, networks, fits, costs."""
    namespace: ServingNamespace
    """Kubernetes namespace of the services."""
    naming: Naming
    """AWS tags and Kubernetes labels of the stack."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role of the services."""
    prices: PriceTable = field(default_factory=list_prices)
    """List prices, with the stack's own in their place."""

    @classmethod
    def of(
        cls,
        settings: PlatformSettings | TeamSettings,
        plan: StackPlan,
        naming: Naming,
        platform: Platform,
        namespace: ServingNamespace,
    ) -> Self:
        """The context of a stack's services."""
        return cls(
            platform=platform,
            plan=plan,
            namespace=namespace,
            naming=naming,
            permissions_boundary=settings.permissions_boundary,
            prices=stack_prices(settings.budget),
        )

    @property
    def facts(self) -> PlatformFacts:
        """Region, pools and networks of the platform: plain data."""
        return self.plan.facts

    def image(self, reference: str) -> str:
        """The name that a pod has for an image: from the platform's mirror or caches, if it has them."""
        return self.facts.image_sources.pulled(reference)

    def model_names(self, name: str, service: ServiceSettings) -> list[str]:
        """Names that the engine of service ``name`` answers to, the one of its own clients first.

        Behind a gateway these are also the service's name and the public one, since the gateway changes no request.
        """
        names = [service.served_name(name)]
        if self.facts.gateway:
            names += [name, public_name(label_value(self.naming.stack), name)]
        return list(dict.fromkeys(names))

    @property
    def bucket_access(self) -> BucketAccess:
        """The bucket of weights, as IAM statements name it."""
        return BucketAccess(bucket_arn=self.platform.bucket_arn, key_arn=self.platform.key_arn)

    def scope(self, name: str, app: str, component: str, parent: pulumi.Resource) -> Scope:
        """The scope of service ``name``.

        Args:
            name: The service's name.
            app: Label ``app.kubernetes.io/name``: the server, such as ``vllm``.
            component: Label ``app.kubernetes.io/component``, such as ``inference``.
            parent: The component that its objects are children of.
        """
        return Scope(
            name=name,
            namespace=self.namespace.namespace,
            parent=parent,
            labels=self.naming.labels,
            selector=selector_labels(name, app),
            pod_labels={"app.kubernetes.io/component": component, "app.kubernetes.io/managed-by": "pulumi"},
        )


@dataclass(frozen=True, kw_only=True)
class ServiceArgs(Generic[SettingsT]):
    """Arguments of a service of any kind."""

    service: SettingsT
    """The service's own settings."""
    context: ServingContext
    """What it has in common with the stack's other services."""
