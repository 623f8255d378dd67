"""The platform that services run on, from this stack's components or from another stack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.gpu_cluster import GpuCluster
from components.platform_exports import full_stack_name
from components.providers import kubernetes_provider
from components.roles import OidcTrust
from components.storage.model_bucket import ModelBucket
from settings.derived.monitoring.names import TOKEN_OUTPUT
from settings.derived.platform_facts import ALWAYS, FACTS_EXPORT, TEAM_OUTPUTS, PlatformFacts, PlatformOutputs


@dataclass(frozen=True, kw_only=True)
class Platform(PlatformOutputs[pulumi.Output[str]]):
    """Cluster and bucket, of this stack or of the stack it names as its platform."""

    kubernetes: kubernetes.Provider
    """Provider for the cluster."""
    ready: Sequence[pulumi.Resource] = ()
    """What must run in the cluster before a workload can."""

    @classmethod
    def of_components(cls, cluster: GpuCluster, bucket: ModelBucket) -> Self:
        """The platform that this stack deploys; its outputs are those of the two components."""
        components = vars(cluster) | vars(bucket)
        outputs = {name: components[name] for name in ALWAYS}
        return cls(kubernetes=cluster.kubernetes, ready=cluster.ready, **outputs)

    @classmethod
    def of_stack(cls, platform: str, facts: PlatformFacts) -> Self:
        """The platform that another stack deployed, by one StackReference.

        Args:
            platform: The stack.
            facts: What it exports of itself.
        """
        reference = pulumi.StackReference("platform", stack_name=full_stack_name(platform))
        outputs: dict[str, Any] = {name: reference.require_output(name) for name in ALWAYS}
        outputs["kubeconfig"] = pulumi.Output.secret(outputs["kubeconfig"])
        if facts.monitoring:
            outputs[TOKEN_OUTPUT] = pulumi.Output.secret(reference.require_output(TOKEN_OUTPUT))
        return cls(kubernetes=kubernetes_provider("kubernetes", outputs["kubeconfig"]), **outputs)

    @property
    def trust(self) -> OidcTrust:
        """How IAM knows the cluster's service accounts."""
        return OidcTrust(provider_arn=self.oidc_provider_arn, issuer=self.oidc_issuer)

    def watched(self, scrape_token: pulumi.Output[str]) -> Self:
        """The same with monitoring, whose Prometheus sends this token to engines."""
        return replace(self, monitoring_scrape_token=scrape_token)

    def export(self, facts: PlatformFacts) -> None:
        """Export everything a team stack reads."""
        for name in TEAM_OUTPUTS:
            value = getattr(self, name)
            if value is not None:
                pulumi.export(name, value)
        pulumi.export("region", facts.region)
        pulumi.export(FACTS_EXPORT, facts.as_text())
