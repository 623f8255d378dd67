"""Who the gateway is: its service account, its IAM role, and what it may read of the Kubernetes API."""

import pulumi
import pulumi_kubernetes as k8s

from components.gateway.context import GatewayArgs
from components.gateway.policy import Grant, gateway_policy
from components.kubernetes.cluster_role import READ, cluster_role
from components.kubernetes.scope import Scope
from components.roles import PLATFORM
from components.serving.identity import service_account

CLUSTER_ROLE = "llm-gateway"
"""Name of its ClusterRole and ClusterRoleBinding, which have no namespace."""


def identity(
    scope: Scope,
    args: GatewayArgs,
    *,
    table_arn: pulumi.Input[str],
    archive_key: str,
    stream_arn: pulumi.Input[str] | None = None,
) -> list[pulumi.Resource]:
    """Service account, role and permissions: pods start after all of them."""
    account = service_account(
        scope,
        args.platform.trust,
        boundary=args.permissions_boundary,
        description="Gateway: reads keys and limits, writes counters and usage",
        role=f"{PLATFORM}-{scope.name}",
        document=gateway_policy(
            Grant(
                region=args.facts.region,
                table_arn=table_arn,
                key_arn=args.platform.key_arn,
                bucket_arn=args.platform.bucket_arn,
                archive_key=archive_key,
                stream_arn=stream_arn,
            )
        ),
    )
    return [*account, *_discovery(scope)]


def _discovery(scope: Scope) -> list[pulumi.Resource]:
    """Permission to find services: no Secret is among it, the keys of engines are granted in each namespace by name."""
    rule = k8s.rbac.v1.PolicyRuleArgs
    return cluster_role(
        scope,
        CLUSTER_ROLE,
        [
            rule(api_groups=[""], resources=["namespaces", "services"], verbs=READ),
            rule(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=READ),
        ],
    )
