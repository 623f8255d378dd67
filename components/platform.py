"""What services stand on: the platform, from this stack's components or from another stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import pulumi
import pulumi_kubernetes as kubernetes

from components.platform_exports import full_stack_name
from components.providers import kubernetes_provider
from settings.derived.platform_facts import FACTS_EXPORT, TEAM_OUTPUTS, PlatformFacts


class ClusterOutputs(Protocol):
    """What a platform takes of the cluster component."""

    cluster_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    kubernetes: kubernetes.Provider


class BucketOutputs(Protocol):
    """What a platform takes of the bucket component."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Cluster, bucket and pools, wherever they come from."""

    facts: PlatformFacts
    """Region, zones and pools: plain data."""
    cluster_name: pulumi.Output[str]
    """Name of the EKS cluster."""
    kubeconfig: pulumi.Output[str]
    """Secret: how to reach the cluster."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of the IAM OIDC provider for service accounts."""
    oidc_issuer: pulumi.Output[str]
    """The cluster's OIDC issuer."""
    bucket_name: pulumi.Output[str]
    """Bucket of model weights."""
    bucket_arn: pulumi.Output[str]
    """ARN of that bucket."""
    key_arn: pulumi.Output[str]
    """ARN of the KMS key it is encrypted with."""
    kubernetes: kubernetes.Provider
    """Provider for the cluster."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a workload can run."""

    @classmethod
    def of_components(cls, facts: PlatformFacts, cluster: ClusterOutputs, bucket: BucketOutputs) -> Self:
        """The platform this stack makes."""
        return cls(
            facts=facts,
            cluster_name=cluster.cluster_name,
            kubeconfig=cluster.kubeconfig,
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            bucket_name=bucket.bucket_name,
            bucket_arn=bucket.bucket_arn,
            key_arn=bucket.key_arn,
            kubernetes=cluster.kubernetes,
            ready=cluster.ready,
        )

    @classmethod
    def of_stack(cls, platform: str, facts: PlatformFacts) -> Self:
        """The platform another stack made, through the one reference to it."""
        reference = pulumi.StackReference("platform", stack_name=full_stack_name(platform))
        kubeconfig: pulumi.Output[str] = reference.require_output("kubeconfig").apply(pulumi.Output.secret)
        return cls(
            facts=facts,
            cluster_name=reference.require_output("cluster_name"),
            kubeconfig=kubeconfig,
            oidc_provider_arn=reference.require_output("oidc_provider_arn"),
            oidc_issuer=reference.require_output("oidc_issuer"),
            bucket_name=reference.require_output("bucket_name"),
            bucket_arn=reference.require_output("bucket_arn"),
            key_arn=reference.require_output("key_arn"),
            kubernetes=kubernetes_provider("kubernetes", kubeconfig),
        )

    def export(self) -> None:
        """Export everything a team stack reads."""
        for name in TEAM_OUTPUTS:
            pulumi.export(name, getattr(self, name))
        pulumi.export("region", self.facts.region)
        pulumi.export(FACTS_EXPORT, self.facts.as_text())
