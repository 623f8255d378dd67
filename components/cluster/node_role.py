"""The IAM role of nodes: what kubelet, the network plugin and the image pulls may do."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.cluster.context import ClusterContext
from components.iam import PolicyDocument, Statement
from components.roles import NODE_POLICIES, SESSION_MANAGER_POLICY, BoundRole, managed, service_role


def node_role(context: ClusterContext, description: str) -> BoundRole:
    """A role ``NAME-nodes`` for EC2 instances, with the policies that every node of the cluster has."""
    session_manager = (SESSION_MANAGER_POLICY,) if context.args.cluster.session_manager else ()
    bound = service_role(
        context.named("nodes"),
        "ec2.amazonaws.com",
        managed(context.partition, *NODE_POLICIES, *session_manager),
        description=description,
        boundary=context.args.permissions_boundary,
        parent=context.parent,
    )
    repositories = context.args.image_cache_repositories
    if not repositories:
        return bound
    importing = aws.iam.RolePolicy(
        context.named("nodes-image-cache"),
        role=bound.role.name,
        policy=PolicyDocument([_import_images(repositories)]).json,
        opts=pulumi.ResourceOptions(parent=context.parent),
    )
    return replace(bound, permissions=(*bound.permissions, importing))


def _import_images(repositories: Sequence[pulumi.Input[str]]) -> Statement:
    """What the first pull of an image through a cache needs beside the policy that reads repositories.

    Amazon ECR User Guide, "IAM permissions required to sync an upstream registry with an Amazon ECR private registry".
    """
    return Statement(
        sid="PullThroughCache",
        actions=["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
        resources=repositories,
    )
