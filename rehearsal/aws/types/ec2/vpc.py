"""VPCs."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import cidr
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup, UpdateCall, ec2_tags
from rehearsal.aws.types.ec2.shared import ARN, active_endpoints, refuse_deletion
from rehearsal.plugins.wire import Properties


def _vpc_is_empty(context: ResourceContext, resource_id: str, _: Properties) -> None:
    """Refuse to delete a VPC with gateways, endpoints or groups; moto itself checks subnets and route tables."""
    attached = [{"Name": "attachment.vpc-id", "Values": [resource_id]}]
    for gateway in context.call("ec2", "describe_internet_gateways", Filters=attached)["InternetGateways"]:
        refuse_deletion("DeleteVpc", resource_id, f"{gateway['InternetGatewayId']} is attached")
    for endpoint in active_endpoints(context, resource_id):
        refuse_deletion("DeleteVpc", resource_id, f"{endpoint['VpcEndpointId']} is in it")
    mine = [{"Name": "vpc-id", "Values": [resource_id]}]
    for group in context.call("ec2", "describe_security_groups", Filters=mine)["SecurityGroups"]:
        if group["GroupName"] != "default":
            refuse_deletion(
                "DeleteVpc", resource_id, f"security group {group['GroupId']} ({group['GroupName']}) is in it"
            )


class VpcHandler(ResourceHandler):
    """A VPC; its DNS attributes and its default resources need calls of their own."""

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the VPC with its attributes and the ids of its default resources."""
        found = super().read(context, resource_id, properties)
        if found is None:
            return None
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            answer = context.call(
                "ec2", "describe_vpc_attribute", VpcId=resource_id, Attribute=name[0].lower() + name[1:]
            )
            found[name] = answer[name]["Value"]
        mine = {"Name": "vpc-id", "Values": [resource_id]}
        tables = context.call(
            "ec2", "describe_route_tables", Filters=[mine, {"Name": "association.main", "Values": ["true"]}]
        )
        groups = context.call(
            "ec2", "describe_security_groups", Filters=[mine, {"Name": "group-name", "Values": ["default"]}]
        )
        lists = context.call("ec2", "describe_network_acls", Filters=[mine, {"Name": "default", "Values": ["true"]}])
        found["MainRouteTableId"] = path_of(tables, "RouteTables.0.RouteTableId")
        found["DefaultSecurityGroupId"] = path_of(groups, "SecurityGroups.0.GroupId")
        found["DefaultNetworkAclId"] = path_of(lists, "NetworkAcls.0.NetworkAclId")
        return found


TYPE = ResourceType(
    token="aws:ec2/vpc:Vpc",
    service="ec2",
    create="create_vpc",
    id="Vpc.VpcId",
    read=Lookup(operation="describe_vpcs", arguments={"VpcIds": ["{id}"]}, path="Vpcs.0"),
    delete=("delete_vpc", {"VpcId": "{id}"}),
    renames={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
    updates=tuple(
        UpdateCall(properties=(name,), operation="modify_vpc_attribute", arguments={"VpcId": "{id}"}, on_create=True)
        for name in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
    ),
    replace=frozenset({"cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"}),
    tags=ec2_tags("vpc"),
    outputs={
        "arn": ARN + ":vpc/{id}",
        "ownerId": "{account}",
        "mainRouteTableId": "MainRouteTableId",
        "defaultRouteTableId": "MainRouteTableId",
        "defaultSecurityGroupId": "DefaultSecurityGroupId",
        "defaultNetworkAclId": "DefaultNetworkAclId",
        "dhcpOptionsId": "DhcpOptionsId",
    },
    defaults={
        "enableDnsSupport": True,
        "enableDnsHostnames": False,
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": "default",
        "assignGeneratedIpv6CidrBlock": False,
    },
    empty={"ipv6AssociationId": "", "ipv6CidrBlock": "", "ipv6CidrBlockNetworkBorderGroup": ""},
    checks=(cidr("cidrBlock", 16, 28),),
    guards=(_vpc_is_empty,),
    handler=VpcHandler,
)
