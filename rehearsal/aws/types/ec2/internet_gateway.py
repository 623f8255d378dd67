"""Internet gateways."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.shapes import path_of
from rehearsal.aws.spec import Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import ARN, active_nat_gateways, refuse_deletion
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


def _gateway_is_unused(context: ResourceContext, resource_id: str, _: Properties) -> None:
    """Refuse to detach it from a VPC where NAT gateways have public addresses."""
    gateways = context.call("ec2", "describe_internet_gateways", InternetGatewayIds=[resource_id])["InternetGateways"]
    for attachment in gateways[0].get("Attachments", []):
        for gateway in active_nat_gateways(context, "vpc-id", attachment["VpcId"]):
            if gateway.get("ConnectivityType") != "private":
                refuse_deletion(
                    "DetachInternetGateway",
                    resource_id,
                    f"{gateway['NatGatewayId']} in {attachment['VpcId']} has a mapped public address",
                )


class InternetGatewayHandler(ResourceHandler):
    """A gateway and its attachment to a VPC."""

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Attach it."""
        super().finish(context, resource_id, inputs)
        if inputs.get("vpcId"):
            _attach(context, resource_id, inputs["vpcId"])

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Move it to another VPC."""
        super().update(context, resource_id, old, new, outputs)
        if old.get("vpcId") != new.get("vpcId"):
            if old.get("vpcId"):
                context.call("ec2", "detach_internet_gateway", InternetGatewayId=resource_id, VpcId=old["vpcId"])
            if new.get("vpcId"):
                _attach(context, resource_id, new["vpcId"])

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs, with the VPC that it is attached to."""
        now = super().current_inputs(context, resource_id, inputs, found)
        if "vpcId" in inputs:
            now["vpcId"] = path_of(found, "Attachments.0.VpcId")
        return now

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Detach and delete it."""
        found = self.read(context, resource_id, inputs) or {}
        for attachment in found.get("Attachments", []):
            context.call("ec2", "detach_internet_gateway", InternetGatewayId=resource_id, VpcId=attachment["VpcId"])
        super().delete(context, resource_id, inputs, outputs)


def _attach(context: ResourceContext, gateway: str, vpc: str) -> None:
    found = context.call("ec2", "describe_internet_gateways", Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])[
        "InternetGateways"
    ]
    if any(item["InternetGatewayId"] == gateway for item in found):
        return
    if found:
        raise ProviderError(f"AttachInternetGateway: {vpc} already has {found[0]['InternetGatewayId']} attached to it")
    context.call("ec2", "attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)


TYPE = ResourceType(
    token="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    create="create_internet_gateway",
    id="InternetGateway.InternetGatewayId",
    read=Lookup(
        operation="describe_internet_gateways",
        arguments={"InternetGatewayIds": ["{id}"]},
        path="InternetGateways.0",
    ),
    delete=("delete_internet_gateway", {"InternetGatewayId": "{id}"}),
    skip=frozenset({"vpcId"}),
    tags=ec2_tags("internet-gateway"),
    outputs={"arn": ARN + ":internet-gateway/{id}", "ownerId": "{account}"},
    guards=(_gateway_is_unused,),
    handler=InternetGatewayHandler,
)
