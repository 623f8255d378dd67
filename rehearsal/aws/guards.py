"""The order that AWS enforces when things are deleted, and moto does not."""

from typing import Any

from rehearsal.aws.context import Context
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_LIVE = [{"Name": "state", "Values": ["available", "pending"]}]


def _refuse(operation: str, resource_id: str, why: str) -> None:
    raise ProviderError(
        f"{operation}: DependencyViolation: {resource_id} has dependencies and cannot be deleted: {why}"
    )


def _nat_gateways(context: Context, name: str, value: str) -> list[Any]:
    filters = [{"Name": name, "Values": [value]}, *_LIVE]
    gateways: list[Any] = context.call("ec2", "describe_nat_gateways", Filters=filters)["NatGateways"]
    return gateways


def _endpoints(context: Context, vpc: str) -> list[Any]:
    found = context.call("ec2", "describe_vpc_endpoints", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    return [item for item in found if item.get("State") not in {"deleted", "deleting"}]


def vpc_is_empty(context: Context, resource_id: str, _: Properties) -> None:
    """Gateways, endpoints and groups must be gone; moto itself looks at subnets and route tables."""
    attached = [{"Name": "attachment.vpc-id", "Values": [resource_id]}]
    for gateway in context.call("ec2", "describe_internet_gateways", Filters=attached)["InternetGateways"]:
        _refuse("DeleteVpc", resource_id, f"{gateway['InternetGatewayId']} is attached")
    for endpoint in _endpoints(context, resource_id):
        _refuse("DeleteVpc", resource_id, f"{endpoint['VpcEndpointId']} is in it")
    mine = [{"Name": "vpc-id", "Values": [resource_id]}]
    for group in context.call("ec2", "describe_security_groups", Filters=mine)["SecurityGroups"]:
        if group["GroupName"] != "default":
            _refuse("DeleteVpc", resource_id, f"security group {group['GroupId']} ({group['GroupName']}) is in it")


def subnet_is_empty(context: Context, resource_id: str, properties: Properties) -> None:
    """NAT gateways, endpoints and node groups must be gone."""
    for gateway in _nat_gateways(context, "subnet-id", resource_id):
        _refuse("DeleteSubnet", resource_id, f"{gateway['NatGatewayId']} is in it")
    for endpoint in _endpoints(context, str(properties.get("vpcId"))):
        if resource_id in endpoint.get("SubnetIds", []):
            _refuse("DeleteSubnet", resource_id, f"{endpoint['VpcEndpointId']} has an interface in it")
    for cluster, details in _clusters(context):
        if resource_id in details.get("resourcesVpcConfig", {}).get("subnetIds", []):
            _refuse("DeleteSubnet", resource_id, f"EKS cluster {cluster} has interfaces in it")


def gateway_is_unused(context: Context, resource_id: str, _: Properties) -> None:
    """An internet gateway cannot leave a VPC while NAT gateways have public addresses there."""
    gateways = context.call("ec2", "describe_internet_gateways", InternetGatewayIds=[resource_id])["InternetGateways"]
    for attachment in gateways[0].get("Attachments", []):
        for gateway in _nat_gateways(context, "vpc-id", attachment["VpcId"]):
            if gateway.get("ConnectivityType") != "private":
                _refuse(
                    "DetachInternetGateway",
                    resource_id,
                    f"{gateway['NatGatewayId']} in {attachment['VpcId']} has a mapped public address",
                )


def address_is_unused(context: Context, resource_id: str, _: Properties) -> None:
    """An address that a NAT gateway holds cannot be released."""
    gateways = context.call("ec2", "describe_nat_gateways", Filters=_LIVE)["NatGateways"]
    for gateway in gateways:
        if any(item.get("AllocationId") == resource_id for item in gateway.get("NatGatewayAddresses", [])):
            raise ProviderError(
                f"ReleaseAddress: InvalidIPAddress.InUse: {resource_id} is in use by {gateway['NatGatewayId']}"
            )


def security_group_is_unused(context: Context, resource_id: str, properties: Properties) -> None:
    """A group that another one's rules, an endpoint or a cluster name cannot go."""
    vpc = str(properties.get("vpcId"))
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    for group in context.call("ec2", "describe_security_groups", Filters=mine)["SecurityGroups"]:
        if group["GroupId"] == resource_id:
            continue
        for rule in [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]:
            if any(pair.get("GroupId") == resource_id for pair in rule.get("UserIdGroupPairs", [])):
                _refuse("DeleteSecurityGroup", resource_id, f"a rule of {group['GroupId']} refers to it")
    for endpoint in _endpoints(context, vpc):
        if any(group.get("GroupId") == resource_id for group in endpoint.get("Groups", [])):
            _refuse("DeleteSecurityGroup", resource_id, f"{endpoint['VpcEndpointId']} uses it")
    for cluster, details in _clusters(context):
        if resource_id in details.get("resourcesVpcConfig", {}).get("securityGroupIds", []):
            _refuse("DeleteSecurityGroup", resource_id, f"EKS cluster {cluster} uses it")


def role_is_unused(context: Context, resource_id: str, _: Properties) -> None:
    """A role in an instance profile cannot go."""
    profiles = context.call("iam", "list_instance_profiles_for_role", RoleName=resource_id)["InstanceProfiles"]
    for profile in profiles:
        raise ProviderError(
            f"DeleteRole: DeleteConflict: {resource_id} is in instance profile {profile['InstanceProfileName']}"
        )


def policy_is_unattached(context: Context, resource_id: str, _: Properties) -> None:
    """A policy that is attached cannot go."""
    found = context.call("iam", "list_entities_for_policy", PolicyArn=resource_id)
    for role in found.get("PolicyRoles", []):
        raise ProviderError(f"DeletePolicy: DeleteConflict: {resource_id} is attached to role {role['RoleName']}")


def _clusters(context: Context) -> list[tuple[str, dict[str, Any]]]:
    names = context.call("eks", "list_clusters")["clusters"]
    return [(name, context.call("eks", "describe_cluster", name=name)["cluster"]) for name in names]
