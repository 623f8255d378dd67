"""The Kubernetes namespace of one stack's services, closed by default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import pulumi
import pulumi_kubernetes as k8s

from components.config import hub_token
from components.kubernetes.content import encode
from components.kubernetes.network_policy import default_deny
from components.kubernetes.pod_security import RESTRICTED
from components.kubernetes.scope import Scope
from components.platform import Platform
from components.serving.discovery import key_access
from components.serving.keys import key_secret
from settings.derived.gateway.facts import GatewayFacts
from settings.derived.gateway.names import ENABLED, GATEWAY_LABEL
from settings.derived.naming import Naming
from settings.derived.plan import StackPlan
from settings.derived.priorities import refused_to_teams
from settings.models.stack import PlatformSettings, TeamSettings

HF_SECRET = "hf-secret"  # noqa: S105 - the Secret's name
HF_SECRET_KEY = "hf_api_token"  # noqa: S105 - the key's name in it
PRIORITY_QUOTA = "priority-classes"
READINESS_GATE = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""The load balancer controller gives new pods a readiness gate: one counts as ready, and its predecessor goes, only when the
load balancer sends it requests (docs/deploy/pod_readiness_gate.md of the controller). Pods made before their Service has
a target group get none, so a service's first rollout is without."""


@dataclass(frozen=True, kw_only=True)
class ServingNamespaceArgs:
    """Arguments of :class:`ServingNamespace`."""

    namespace: str
    """Name of the namespace; no other stack uses it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of every object."""
    hf_api_token: pulumi.Input[str] | None = None
    """Hugging Face token, if any model of the stack is gated."""
    gateway: GatewayFacts | None = None
    """The platform's gateway, which serves the namespace's services; None for a platform without one."""
    key_secrets: Sequence[str] = ()
    """Names of the Secrets with the API keys of its engines."""
    refused_priority_classes: Sequence[str] = ()
    """PriorityClasses that no pod of the namespace may have."""
    ready: Sequence[pulumi.Resource] = ()
    """What must run in the cluster first."""

    @classmethod
    def of(cls, settings: PlatformSettings | TeamSettings, plan: StackPlan, naming: Naming, platform: Platform) -> Self:
        """Arguments of a stack's namespace on its platform."""
        return cls(
            gateway=plan.facts.gateway,
            key_secrets=[
                key_secret(name) for name, service in sorted(settings.services.items()) if service.has_api_key
            ],
            namespace=settings.namespace,
            labels=naming.labels,
            hf_api_token=hub_token(settings),
            refused_priority_classes=_refused(settings, plan),
            ready=platform.ready,
        )


class ServingNamespace(pulumi.ComponentResource):
    """A namespace with Pod Security "restricted", no traffic unless a policy admits it, and the Hub's token."""

    namespace: pulumi.Output[str]
    """Name of the namespace, known once it is there."""
    hf_secret: str | None
    """Name of the Secret with the Hub's token, if there is one."""

    def __init__(self, name: str, args: ServingNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the namespace."""
        super().__init__("llm:serving:ServingNamespace", name, None, opts)
        # Only a namespace that the program labels is served: who may label namespaces decides which models there are.
        served = {GATEWAY_LABEL: ENABLED} if args.gateway else {}
        space = k8s.core.v1.Namespace(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=args.namespace, labels={**args.labels, **RESTRICTED, **READINESS_GATE, **served}
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.ready)),
        )
        self.namespace = space.metadata.apply(lambda known: known.name or args.namespace)
        self.hf_secret = HF_SECRET if args.hf_api_token is not None else None
        scope = Scope(name=name, namespace=self.namespace, labels=args.labels, parent=self)
        default_deny(scope)
        if args.refused_priority_classes:
            _priority_quota(scope, args.refused_priority_classes)
        if args.hf_api_token is not None:
            _hub_token(scope, args.hf_api_token)
        if args.gateway:
            key_access(scope, args.gateway, args.key_secrets)
        self.register_outputs({"namespace": self.namespace})


def _refused(settings: PlatformSettings | TeamSettings, plan: StackPlan) -> Sequence[str]:
    """Those that the platform does not allow its teams; none in the platform's own namespace, and without classes of services."""
    priorities = plan.facts.priorities
    return refused_to_teams(priorities) if priorities and isinstance(settings, TeamSettings) else ()


def _priority_quota(scope: Scope, classes: Sequence[str]) -> k8s.core.v1.ResourceQuota:
    """No pod of these classes, by any user (Kubernetes, "Resource Quotas", resource quota per PriorityClass)."""
    return k8s.core.v1.ResourceQuota(
        scope.named(PRIORITY_QUOTA),
        metadata=replace(scope, name=PRIORITY_QUOTA).metadata(),
        spec=k8s.core.v1.ResourceQuotaSpecArgs(
            hard={"pods": "0"},
            scope_selector=k8s.core.v1.ScopeSelectorArgs(
                match_expressions=[
                    k8s.core.v1.ScopedResourceSelectorRequirementArgs(
                        scope_name="PriorityClass", operator="In", values=[*classes]
                    )
                ]
            ),
        ),
        opts=scope.options(),
    )


def _hub_token(scope: Scope, token: pulumi.Input[str]) -> k8s.core.v1.Secret:
    return k8s.core.v1.Secret(
        scope.named(HF_SECRET),
        metadata=replace(scope, name=HF_SECRET).metadata(),
        data={HF_SECRET_KEY: pulumi.Output.secret(token).apply(encode)},
        opts=scope.options(),
    )
