"""What Prometheus may read of the Kubernetes API: where its targets are, and metrics of nodes."""

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.cluster_role import READ, cluster_role
from components.kubernetes.scope import Scope

CLUSTER_ROLE = "llm-monitoring"
"""Name of its ClusterRole and ClusterRoleBinding, which have no namespace."""


def discovery(scope: Scope) -> list[pulumi.Resource]:
    """The ClusterRole and its binding: no Secret is among it, and of nodes their metrics alone, not ``nodes/proxy``."""
    rule = k8s.rbac.v1.PolicyRuleArgs
    return cluster_role(
        scope,
        CLUSTER_ROLE,
        [
            rule(api_groups=[""], resources=["namespaces", "nodes", "pods", "services"], verbs=READ),
            rule(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=READ),
            # The kubelet checks with the API server that its caller may get these (Kubernetes, "Kubelet authorization").
            rule(api_groups=[""], resources=["nodes/metrics"], verbs=["get"]),
        ],
    )
