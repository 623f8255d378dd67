"""The service account of a workload, and the IAM role that its pods assume (IRSA)."""

import pulumi
import pulumi_kubernetes as k8s

from components.iam import PolicyDocument
from components.kubernetes.scope import Scope
from components.roles import service_account_role
from components.serving.context import ServingContext


def service_account(
    scope: Scope, context: ServingContext, *, description: str, document: PolicyDocument | None = None
) -> list[pulumi.Resource]:
    """The service account of the scope's name, and the permissions of its role: pods start after all of them.

    Args:
        scope: The workload.
        context: The stack's context.
        description: Of the IAM role.
        document: The role's policy; without one it has no permissions, but pods still have an identity of their own and
            do not fall back to another.
    """
    bound = service_account_role(
        scope.name,
        context.trust,
        namespace=scope.namespace,
        service_account=scope.name,
        description=description,
        boundary=context.permissions_boundary,
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
