"""The only places where a region, default tags or a kubeconfig are bound."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes


def aws_provider(region: str, tags: Mapping[str, str]) -> aws.Provider:
    """The stack's AWS provider; every taggable resource made through it carries ``tags``."""
    return aws.Provider("aws", region=region, default_tags={"tags": dict(tags)})


def kubernetes_provider(
    name: str, kubeconfig: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
) -> kubernetes.Provider:
    """The provider for one cluster; it applies server-side, so that other controllers keep the fields they own."""
    return kubernetes.Provider(name, kubeconfig=kubeconfig, enable_server_side_apply=True, opts=opts)
