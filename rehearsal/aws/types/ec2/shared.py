"""Shared by EC2 types: ARNs, and look-ups of what depends on a resource."""

import hashlib
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.plugins.errors import ProviderError

ARN = "arn:{partition}:ec2:{region}:{account}"
"""Start of the ARN of an EC2 resource, as a template."""
ACTIVE = [{"Name": "state", "Values": ["available", "pending"]}]
"""Filter of the NAT gateways that are not deleted."""


def refuse_deletion(operation: str, resource_id: str, why: str) -> None:
    """Raise the error of a resource that others depend on."""
    raise ProviderError(
        f"{operation}: DependencyViolation: {resource_id} has dependencies and cannot be deleted: {why}"
    )


def active_nat_gateways(context: ResourceContext, name: str, value: str) -> list[Any]:
    """List the NAT gateways that have the value at a filter, such as ``subnet-id``."""
    filters = [{"Name": name, "Values": [value]}, *ACTIVE]
    gateways: list[Any] = context.call("ec2", "describe_nat_gateways", Filters=filters)["NatGateways"]
    return gateways


def active_endpoints(context: ResourceContext, vpc: str) -> list[Any]:
    """List the endpoints of a VPC that are not deleted."""
    found = context.call("ec2", "describe_vpc_endpoints", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    return [item for item in found if item.get("State") not in {"deleted", "deleting"}]


def clusters(context: ResourceContext) -> list[tuple[str, dict[str, Any]]]:
    """List name and description of every EKS cluster."""
    names = context.call("eks", "list_clusters")["clusters"]
    return [(name, context.call("eks", "describe_cluster", name=name)["cluster"]) for name in names]


def public_address(allocation_id: str) -> str:
    """Return an address for an allocation, of the range for tests (198.18.0.0/15): moto's own are loopback addresses."""
    digest = hashlib.sha256(allocation_id.encode()).digest()
    return f"198.{18 + digest[0] % 2}.{digest[1]}.{1 + digest[2] % 254}"
