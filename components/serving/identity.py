"""The service account of a workload, and the IAM role that its pods assume (IRSA)."""

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.scope import Scope
from components.roles import OidcTrust, service_account_role


def service_account(
    scope: Scope,
    trust: OidcTrust,
    *,
    boundary: str | None,
    description: str,
    document: PolicyDocument | None = None,
    role: str | None = None,
) -> list[pulumi.Resource]:
    """The service account of the scope's name, and the permissions of its role: pods start after all of them.

    Args:
        scope: The workload.
        trust: How IAM knows the cluster's service accounts.
        boundary: ARN of the IAM policy that bounds the role.
        description: Of the IAM role.
        document: The role's policy; without one it has no permissions, but pods still have an identity of their own and
            do not fall back to another.
        role: Logical name of the role, with which its name in IAM begins; default the scope's name.
    """
    bound = service_account_role(
        role or scope.name,
        trust,
        namespace=scope.namespace,
        service_account=scope.name,
        description=description,
        boundary=boundary,
        parent=scope.parent,
        document=document,
    )
    account = k8s.core.v1.ServiceAccount(
        scope.name,
        metadata=scope.metadata(annotations={"eks.amazonaws.com/role-arn": bound.role.arn}),
        automount_service_account_token=False,
        opts=scope.options(),
    )
    return [*bound.permissions, account]
