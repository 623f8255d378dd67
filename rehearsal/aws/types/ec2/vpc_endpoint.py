"""VPC endpoints."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import ARN
from rehearsal.plugins.wire import Properties


def _endpoint_fits_its_type(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that inputs fit the type of endpoint: route tables for gateways, subnets and groups for interfaces."""
    kind = inputs.get("vpcEndpointType", "Gateway")
    wrong = {"Gateway": ("subnetIds", "securityGroupIds", "privateDnsEnabled"), "Interface": ("routeTableIds",)}
    return [(key, f"a {kind} endpoint takes no {key}") for key in wrong.get(str(kind), ()) if inputs.get(key)]


class VpcEndpointHandler(ResourceHandler):
    """An endpoint; tables, subnets and groups change by adding and removing."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters with the type of the endpoint; moto cannot delete one without."""
        return super().create_params(context, {"vpcEndpointType": "Gateway", **inputs})

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Add and remove tables, subnets and groups; set policy and DNS."""
        params: dict[str, Any] = {}
        for key, member in (
            ("routeTableIds", "RouteTableIds"),
            ("subnetIds", "SubnetIds"),
            ("securityGroupIds", "SecurityGroupIds"),
        ):
            before, after = set(old.get(key) or []), set(new.get(key) or [])
            if after - before:
                params[f"Add{member}"] = sorted(after - before)
            if before - after:
                params[f"Remove{member}"] = sorted(before - after)
        for key, member in (("policy", "PolicyDocument"), ("privateDnsEnabled", "PrivateDnsEnabled")):
            if old.get(key) != new.get(key) and new.get(key) is not None:
                params[member] = new[key]
        if params:
            context.call("ec2", "modify_vpc_endpoint", VpcEndpointId=resource_id, **params)
        if outputs.get("prefixListId"):
            # moto changes the endpoint's list of tables, but not the tables, and then cannot delete the endpoint.
            destination = {"DestinationPrefixListId": outputs["prefixListId"]}
            for table in params.get("AddRouteTableIds", []):
                context.call("ec2", "create_route", RouteTableId=table, GatewayId=resource_id, **destination)
            for table in params.get("RemoveRouteTableIds", []):
                context.call("ec2", "delete_route", RouteTableId=table, **destination)
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the endpoint with its prefix list and security groups."""
        found = super().read(context, resource_id, properties)
        if found is None:
            return None
        if found.get("VpcEndpointType") == "Gateway":
            lists = context.call("ec2", "describe_prefix_lists")["PrefixLists"]
            named = [item for item in lists if item["PrefixListName"] == found["ServiceName"]]
            found["PrefixListId"] = path_of(named, "0.PrefixListId")
        found["SecurityGroupIds"] = [group["GroupId"] for group in found.get("Groups", [])] or None
        return found


TYPE = ResourceType(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    create="create_vpc_endpoint",
    id="VpcEndpoint.VpcEndpointId",
    read=Lookup(
        operation="describe_vpc_endpoints",
        arguments={"VpcEndpointIds": ["{id}"]},
        path="VpcEndpoints.0",
        deleted=("State", frozenset({"deleted", "deleting"})),
    ),
    delete=("delete_vpc_endpoints", {"VpcEndpointIds": ["{id}"]}),
    renames={"policy": "PolicyDocument"},
    skip=frozenset({"autoAccept"}),
    replace=frozenset({"vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "resourceConfigurationArn"}),
    tags=ec2_tags("vpc-endpoint"),
    outputs={
        "arn": ARN + ":vpc-endpoint/{id}",
        "ownerId": "{account}",
        "state": "State",
        "networkInterfaceIds": "NetworkInterfaceIds",
        "prefixListId": "PrefixListId",
        "policy": "PolicyDocument",
        "serviceRegion": "{region}",
    },
    defaults={
        "vpcEndpointType": "Gateway",
        "privateDnsEnabled": False,
        "routeTableIds": [],
        "subnetIds": [],
        "securityGroupIds": [],
    },
    empty={
        "cidrBlocks": [],
        "dnsEntries": [],
        "ipAddressType": "ipv4",
        "networkInterfaceIds": [],
        "policy": "",
        "prefixListId": "",
        "requesterManaged": False,
        "subnetConfigurations": [],
    },
    checks=(_endpoint_fits_its_type,),
    handler=VpcEndpointHandler,
)
