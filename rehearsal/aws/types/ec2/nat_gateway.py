"""NAT gateways."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.patching import replace_methods
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import public_address
from rehearsal.plugins.wire import Properties


def _public_nat_has_address(_: ResourceContext, inputs: Properties) -> Failures:
    """Require an elastic IP for a public NAT gateway."""
    if inputs.get("connectivityType", "public") == "public" and inputs.get("allocationId") is None:
        return [("allocationId", "a public NAT gateway needs an elastic IP's allocation id")]
    return []


def _release_address_of_deleted_gateways() -> None:
    """Disassociate the address of a deleted NAT gateway, which moto does not."""
    from moto.ec2.models.nat_gateways import NatGatewayBackend  # noqa: PLC0415 - the server alone imports moto

    delete = NatGatewayBackend.delete_nat_gateway

    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        gateway = delete(self, nat_gateway_id)
        bound = {address.get("associationId") for address in gateway.address_set} - {None}
        for held in [address for address in self.addresses if address.association_id in bound]:
            self.disassociate_address(association_id=held.association_id)
        return gateway

    replace_methods(NatGatewayBackend, delete_nat_gateway)


class NatGatewayHandler(ResourceHandler):
    """A NAT gateway; its public address is that of its allocation."""

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with the address of its allocation."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        if outputs.get("allocationId"):
            outputs["publicIp"] = public_address(outputs["allocationId"])
        return outputs


TYPE = ResourceType(
    token="aws:ec2/natGateway:NatGateway",
    service="ec2",
    create="create_nat_gateway",
    id="NatGateway.NatGatewayId",
    read=Lookup(
        operation="describe_nat_gateways",
        arguments={"NatGatewayIds": ["{id}"]},
        path="NatGateways.0",
        deleted=("State", frozenset({"deleted", "deleting"})),
    ),
    delete=("delete_nat_gateway", {"NatGatewayId": "{id}"}),
    replace=frozenset({"allocationId", "connectivityType", "privateIp", "subnetId"}),
    tags=ec2_tags("natgateway"),
    outputs={
        "allocationId": "NatGatewayAddresses.0.AllocationId",
        "associationId": "NatGatewayAddresses.0.AssociationId",
        "networkInterfaceId": "NatGatewayAddresses.0.NetworkInterfaceId",
        "privateIp": "NatGatewayAddresses.0.PrivateIp",
        "vpcId": "VpcId",
    },
    defaults={"connectivityType": "public"},
    empty={
        "allocationId": "",
        "associationId": "",
        "autoProvisionZones": "",
        "autoScalingIps": "",
        "availabilityMode": "zonal",
        "networkInterfaceId": "",
        "privateIp": "",
        "publicIp": "",
        "regionalNatGatewayAddresses": [],
        "regionalNatGatewayAutoMode": "",
        "routeTableId": "",
        "secondaryAllocationIds": [],
        "secondaryPrivateIpAddressCount": 0,
        "secondaryPrivateIpAddresses": [],
    },
    moto_patches=(_release_address_of_deleted_gateways,),
    checks=(_public_nat_has_address,),
    handler=NatGatewayHandler,
)
