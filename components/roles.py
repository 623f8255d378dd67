"""IAM roles: of the cluster, of its nodes, and of one Kubernetes service account each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import PolicyDocument, trust_service, trust_service_account

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy")
SESSION_MANAGER_POLICY = "AmazonSSMManagedInstanceCore"
"""Lets the SSM agent of the AMI register the node: Session Manager then gives users whom IAM admits a shell on it."""
PLATFORM = "llm"
"""Beginning of the names of the platform's own roles, by which the operator's policy knows them."""
CLUSTER_POLICIES = ("AmazonEKSClusterPolicy",)


@dataclass(frozen=True, kw_only=True)
class BoundRole:
    """A role and what gives it its permissions; who uses the role depends on both."""

    role: aws.iam.Role
    """The role."""
    permissions: tuple[pulumi.Resource, ...]
    """Its policies and attachments."""


def service_role(
    name: str,
    service: str,
    policies: Mapping[str, pulumi.Input[str]],
    *,
    description: str,
    boundary: str | None,
    parent: pulumi.Resource,
) -> BoundRole:
    """A role that an AWS service assumes, with managed ``policies`` (name to ARN)."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=trust_service(service).json,
        permissions_boundary=boundary,
        opts=child,
    )
    return BoundRole(role=role, permissions=_attach(name, role, policies, child))


@dataclass(frozen=True, kw_only=True)
class OidcTrust:
    """How IAM knows the cluster's service accounts (IRSA)."""

    provider_arn: pulumi.Input[str]
    """ARN of the IAM OIDC provider."""
    issuer: pulumi.Input[str]
    """The cluster's OIDC issuer, with or without ``https://``."""


def service_account_role(
    name: str,
    trust: OidcTrust,
    *,
    namespace: pulumi.Input[str],
    service_account: str,
    description: str,
    boundary: str | None,
    parent: pulumi.Resource,
    document: PolicyDocument | None = None,
    policies: Mapping[str, pulumi.Input[str]] | None = None,
    remade_by_pods: Sequence[pulumi.Resource] = (),
) -> BoundRole:
    """A role that one Kubernetes service account assumes, with an own policy, managed ones, or none yet.

    Args:
        name: of the role in the stack.
        trust: what the role trusts.
        namespace: of the service account.
        service_account: its name.
        description: of the role.
        boundary: ARN of the permissions boundary, if there is one.
        parent: the component.
        document: an own policy.
        policies: ARNs of managed policies by name.
        remade_by_pods: resources that the pods make again when these are deleted while the pods run; a destroy detaches the managed
            policies first.
    """
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=trust_service_account(
            provider_arn=trust.provider_arn, issuer=trust.issuer, namespace=namespace, name=service_account
        ).json,
        permissions_boundary=boundary,
        opts=child,
    )
    attached = pulumi.ResourceOptions(parent=parent, depends_on=list(remade_by_pods))
    permissions = _attach(name, role, policies or {}, attached)
    if document:
        permissions += (aws.iam.RolePolicy(name, role=role.name, policy=document.json, opts=child),)
    return BoundRole(role=role, permissions=permissions)


def _attach(
    name: str, role: aws.iam.Role, policies: Mapping[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> tuple[pulumi.Resource, ...]:
    return tuple(
        aws.iam.RolePolicyAttachment(f"{name}-{policy}", role=role.name, policy_arn=arn, opts=child)
        for policy, arn in policies.items()
    )


def managed(partition: pulumi.Input[str], *names: str) -> dict[str, pulumi.Output[str]]:
    """ARNs of AWS's own policies by their last name; ``service-role/X`` is called X."""
    return {
        name.rpartition("/")[2]: pulumi.Output.concat("arn:", partition, ":iam::aws:policy/", name) for name in names
    }
