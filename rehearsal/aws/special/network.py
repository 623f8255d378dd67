"""Behaviours of the network types."""

import hashlib
from typing import Any

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.calls import AwsError
from rehearsal.aws.context import Context
from rehearsal.aws.shapes import path_of
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


def public_address(allocation_id: str) -> str:
    """An address for an allocation, of the range kept for tests (198.18.0.0/15): moto's own are loopback ones."""
    digest = hashlib.sha256(allocation_id.encode()).digest()
    return f"198.{18 + digest[0] % 2}.{digest[1]}.{1 + digest[2] % 254}"


class Vpc(Behaviour):
    """A VPC: its DNS attributes and its default parts take calls of their own."""

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The VPC with its attributes and the ids of what AWS makes with it."""
        found = super().look(context, resource_id, properties)
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


class InternetGateway(Behaviour):
    """A gateway and its place on a VPC."""

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Attach it."""
        super().finish(context, resource_id, inputs)
        if inputs.get("vpcId"):
            _attach(context, resource_id, inputs["vpcId"])

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Move it to another VPC."""
        super().update(context, resource_id, old, new, outputs)
        if old.get("vpcId") != new.get("vpcId"):
            if old.get("vpcId"):
                context.call("ec2", "detach_internet_gateway", InternetGatewayId=resource_id, VpcId=old["vpcId"])
            if new.get("vpcId"):
                _attach(context, resource_id, new["vpcId"])

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The inputs, with the VPC that it is attached to."""
        now = super().current(context, resource_id, inputs, found)
        if "vpcId" in inputs:
            now["vpcId"] = path_of(found, "Attachments.0.VpcId")
        return now

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Detach and delete it."""
        found = self.look(context, resource_id, inputs) or {}
        for attachment in found.get("Attachments", []):
            context.call("ec2", "detach_internet_gateway", InternetGatewayId=resource_id, VpcId=attachment["VpcId"])
        super().delete(context, resource_id, inputs, outputs)


def _attach(context: Context, gateway: str, vpc: str) -> None:
    found = context.call("ec2", "describe_internet_gateways", Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])[
        "InternetGateways"
    ]
    if any(item["InternetGatewayId"] == gateway for item in found):
        return
    if found:
        raise ProviderError(f"AttachInternetGateway: {vpc} already has {found[0]['InternetGatewayId']} attached to it")
    context.call("ec2", "attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)


class Address(Behaviour):
    """An elastic IP address."""

    def outputs(
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """The address, as one that cannot be taken for somebody's."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        outputs["publicIp"] = public_address(resource_id)
        outputs["publicDns"] = f"ec2-{outputs['publicIp'].replace('.', '-')}.compute-1.amazonaws.com"
        return outputs


class NatGateway(Behaviour):
    """A NAT gateway: its public address is the allocation's."""

    def outputs(
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """What AWS says, with the address of its allocation."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        if outputs.get("allocationId"):
            outputs["publicIp"] = public_address(outputs["allocationId"])
        return outputs


class VpcEndpoint(Behaviour):
    """An endpoint: what it is bound to changes by adding and removing."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The parameters; moto cannot delete an endpoint that never said its type."""
        return super().create_params(context, {"vpcEndpointType": "Gateway", **inputs})

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
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

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The endpoint with its prefix list, and without the order its parts come in."""
        found = super().look(context, resource_id, properties)
        if found is None:
            return None
        if found.get("VpcEndpointType") == "Gateway":
            lists = context.call("ec2", "describe_prefix_lists")["PrefixLists"]
            named = [item for item in lists if item["PrefixListName"] == found["ServiceName"]]
            found["PrefixListId"] = path_of(named, "0.PrefixListId")
        found["SecurityGroupIds"] = [group["GroupId"] for group in found.get("Groups", [])] or None
        return found


class FlowLog(Behaviour):
    """A flow log: three kinds of resource, two ways to name a log group."""

    def create(self, context: Context, inputs: Properties) -> str:
        """Start it; a refusal comes inside a successful answer."""
        if not inputs.get("iamRoleArn") and inputs.get("logDestinationType", "cloud-watch-logs") == "cloud-watch-logs":
            raise ProviderError("CreateFlowLogs: MissingParameter: iamRoleArn is needed for CloudWatch Logs")
        answer = context.call("ec2", "create_flow_logs", **self.create_params(context, inputs))
        for failed in answer.get("Unsuccessful", []):
            raise AwsError("CreateFlowLogs", failed["Error"]["Code"], failed["Error"]["Message"])
        return str(answer["FlowLogIds"][0])

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The parameters, with the resource and the log group as moto wants them."""
        rest = dict(inputs)
        for key, noun in (("vpcId", "VPC"), ("subnetId", "Subnet"), ("eniId", "NetworkInterface")):
            if rest.pop(key, None):
                named = {"ResourceIds": [inputs[key]], "ResourceType": noun}
        destination = rest.get("logDestination") or ""
        if ":log-group:" in destination:
            # Given by ARN, moto reads it back as failed.
            rest.pop("logDestination")
            rest["logGroupName"] = destination.split(":log-group:", 1)[1].removesuffix(":*")
        return super().create_params(context, rest) | named


class Tag(Behaviour):
    """A tag on a resource that something else made."""

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The resource and its one tag."""
        return {"Resources": [inputs["resourceId"]], "Tags": [{"Key": inputs["key"], "Value": inputs["value"]}]}

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Write the new value over the old one."""
        context.call("ec2", "create_tags", **self.create_params(context, new))
