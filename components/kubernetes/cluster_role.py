"""What a service account may read of the whole cluster."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope

READ = ("get", "list", "watch")
"""Verbs of a client that keeps what it finds up to date."""


def cluster_role(scope: Scope, name: str, rules: Sequence[k8s.rbac.v1.PolicyRuleArgs]) -> list[pulumi.Resource]:
    """The ClusterRole ``name`` and its binding to the service account of the scope's name."""
    metadata = k8s.meta.v1.ObjectMetaArgs(name=name, labels={**scope.labels, **scope.selector})
    role = k8s.rbac.v1.ClusterRole(scope.name, metadata=metadata, rules=list(rules), opts=scope.options())
    binding = k8s.rbac.v1.ClusterRoleBinding(
        scope.name,
        metadata=metadata,
        role_ref=k8s.rbac.v1.RoleRefArgs(
            api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name
        ),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=scope.name, namespace=scope.namespace)],
        opts=scope.options(),
    )
    return [role, binding]
