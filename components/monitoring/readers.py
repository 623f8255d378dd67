"""Who may query Prometheus through the API server's proxy of Services, as the portal does."""

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope
from settings.derived.monitoring.names import PROMETHEUS, PROMETHEUS_PORT, READERS_GROUP


def readers(scope: Scope) -> list[pulumi.Resource]:
    """The Role and its binding to the group: GET of the one Service alone, so no write and nothing else of the namespace.

    Args:
        scope: The Role; it has no pods.
    """
    role = k8s.rbac.v1.Role(
        scope.name,
        metadata=scope.metadata(),
        rules=[
            k8s.rbac.v1.PolicyRuleArgs(
                api_groups=[""],
                resources=["services/proxy"],
                # The name is the segment of the request's path, port included (Kubernetes, "Access services running on clusters").
                resource_names=[f"{PROMETHEUS}:{PROMETHEUS_PORT}"],
                verbs=["get"],
            )
        ],
        opts=scope.options(),
    )
    binding = k8s.rbac.v1.RoleBinding(
        scope.name,
        metadata=scope.metadata(),
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
        subjects=[k8s.rbac.v1.SubjectArgs(kind="Group", name=READERS_GROUP, api_group="rbac.authorization.k8s.io")],
        opts=scope.options(),
    )
    return [role, binding]
