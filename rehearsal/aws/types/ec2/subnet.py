"""Subnets."""

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import cidr
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, UpdateCall, ec2_tags
from rehearsal.aws.types.ec2.shared import active_endpoints, active_nat_gateways, clusters, refuse_deletion
from rehearsal.plugins.wire import Properties


def _subnet_is_empty(context: ResourceContext, resource_id: str, properties: Properties) -> None:
    """Refuse to delete a subnet that NAT gateways, endpoints or EKS clusters use."""
    for gateway in active_nat_gateways(context, "subnet-id", resource_id):
        refuse_deletion("DeleteSubnet", resource_id, f"{gateway['NatGatewayId']} is in it")
    for endpoint in active_endpoints(context, str(properties.get("vpcId"))):
        if resource_id in endpoint.get("SubnetIds", []):
            refuse_deletion("DeleteSubnet", resource_id, f"{endpoint['VpcEndpointId']} has an interface in it")
    for cluster, details in clusters(context):
        if resource_id in details.get("resourcesVpcConfig", {}).get("subnetIds", []):
            refuse_deletion("DeleteSubnet", resource_id, f"EKS cluster {cluster} has interfaces in it")


TYPE = ResourceType(
    token="aws:ec2/subnet:Subnet",
    service="ec2",
    create="create_subnet",
    id="Subnet.SubnetId",
    read=Lookup(operation="describe_subnets", arguments={"SubnetIds": ["{id}"]}, path="Subnets.0"),
    delete=("delete_subnet", {"SubnetId": "{id}"}),
    updates=tuple(
        UpdateCall(
            properties=(name,), operation="modify_subnet_attribute", arguments={"SubnetId": "{id}"}, on_create=True
        )
        for name in ("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation")
    ),
    skip=frozenset({"enableDns64", "privateDnsHostnameTypeOnLaunch", "enableResourceNameDnsARecordOnLaunch"}),
    replace=frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"}),
    tags=ec2_tags("subnet"),
    outputs={
        "arn": "SubnetArn",
        "ownerId": "{account}",
        "availabilityZone": "AvailabilityZone",
        "availabilityZoneId": "AvailabilityZoneId",
    },
    defaults={
        "mapPublicIpOnLaunch": False,
        "assignIpv6AddressOnCreation": False,
        "enableDns64": False,
        "ipv6Native": False,
        "privateDnsHostnameTypeOnLaunch": "ip-name",
    },
    empty={"ipv6CidrBlock": "", "ipv6CidrBlockAssociationId": ""},
    checks=(cidr("cidrBlock", 16, 28),),
    guards=(_subnet_is_empty,),
)
