"""Elastic IP addresses."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import ACTIVE, ARN, public_address
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


def _address_is_unused(context: ResourceContext, resource_id: str, _: Properties) -> None:
    """Refuse to release an address that a NAT gateway uses."""
    gateways = context.call("ec2", "describe_nat_gateways", Filters=ACTIVE)["NatGateways"]
    for gateway in gateways:
        if any(item.get("AllocationId") == resource_id for item in gateway.get("NatGatewayAddresses", [])):
            raise ProviderError(
                f"ReleaseAddress: InvalidIPAddress.InUse: {resource_id} is in use by {gateway['NatGatewayId']}"
            )


class EipHandler(ResourceHandler):
    """An elastic IP address."""

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs with an address of a range that no account has."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        outputs["publicIp"] = public_address(resource_id)
        outputs["publicDns"] = f"ec2-{outputs['publicIp'].replace('.', '-')}.compute-1.amazonaws.com"
        return outputs


TYPE = ResourceType(
    token="aws:ec2/eip:Eip",
    service="ec2",
    create="allocate_address",
    id="AllocationId",
    read=Lookup(operation="describe_addresses", arguments={"AllocationIds": ["{id}"]}, path="Addresses.0"),
    delete=("release_address", {"AllocationId": "{id}"}),
    fixed={"Domain": "vpc"},
    skip=frozenset({"domain", "vpc"}),
    replace=frozenset({"domain", "networkBorderGroup", "publicIpv4Pool", "address"}),
    tags=ec2_tags("elastic-ip"),
    outputs={
        "arn": ARN + ":elastic-ip/{id}",
        "allocationId": "{id}",
        "associationId": "AssociationId",
        "networkBorderGroup": "{region}",
    },
    defaults={"domain": "vpc"},
    empty={
        "associationId": "",
        "carrierIp": "",
        "customerOwnedIp": "",
        "instance": "",
        "ipamPoolId": "",
        "networkInterface": "",
        "privateDns": "",
        "privateIp": "",
        "ptrRecord": "",
        "publicIpv4Pool": "amazon",
    },
    guards=(_address_is_unused,),
    handler=EipHandler,
)
