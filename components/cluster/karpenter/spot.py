"""The service-linked role that EC2 needs for spot instances, once an account; Karpenter may not create it."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.cluster.context import ClusterContext

SERVICE = "spot.amazonaws.com"
PATH = f"/aws-service-role/{SERVICE}/"


def spot_role(context: ClusterContext) -> aws.iam.ServiceLinkedRole | None:
    """The role, unless the account has it from elsewhere; it stays when the stack goes, as other stacks may use it.

    AWS refuses to create it twice. Whose it is, its tags say: what the stack made stays in the program, or the next update
    would remove it from the state.
    """
    lookup = pulumi.InvokeOptions(parent=context.parent)
    found = aws.iam.get_roles(path_prefix=PATH, opts=lookup).names
    if any(not _is_own(aws.iam.get_role(name=name, opts=lookup).tags) for name in found):
        return None
    return aws.iam.ServiceLinkedRole(
        context.named("spot"),
        aws_service_name=SERVICE,
        opts=pulumi.ResourceOptions(parent=context.parent, retain_on_delete=True),
    )


def _is_own(tags: Mapping[str, str]) -> bool:
    return tags.get("project") == pulumi.get_project() and tags.get("stack") == pulumi.get_stack()
