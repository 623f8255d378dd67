"""Security groups."""

import re
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.client import AwsError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import items_of, network_problem, text_of
from rehearsal.aws.ip_permissions import permission_of, port_failures
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import NAME_PREFIX, Lookup, ec2_tags
from rehearsal.aws.types.ec2.shared import ARN, active_endpoints, clusters, refuse_deletion
from rehearsal.plugins.wire import Properties

_ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _security_group_texts(_: ResourceContext, inputs: Properties) -> Failures:
    """Check name and description."""
    problems = []
    name = text_of(inputs.get("name"))
    if name and name.startswith("sg-"):
        problems.append(("name", f"{name}: a group's name cannot begin with sg-"))
    for key in ("name", "description"):
        text = text_of(inputs.get(key))
        if text and not re.fullmatch(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}", text):
            problems.append((key, f"{text!r}: at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*"))
    return problems


def _inline_rules(_: ResourceContext, inputs: Properties) -> Failures:
    """Check protocol, ports and sources of inline rules."""
    problems: Failures = []
    for direction in ("ingress", "egress"):
        for index, rule in enumerate(items_of(inputs.get(direction))):
            if not isinstance(rule, Mapping):
                continue
            path = f"{direction}[{index}]."
            problems += port_failures(rule, path)
            for place, block in enumerate(items_of(rule.get("cidrBlocks"))):
                reason = network_problem(block, 0, 32)
                if reason:
                    problems.append((f"{path}cidrBlocks[{place}]", reason))
    return problems


def _security_group_is_unused(context: ResourceContext, resource_id: str, properties: Properties) -> None:
    """Refuse to delete a group that rules of another group, an endpoint or a cluster use."""
    vpc = str(properties.get("vpcId"))
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    for group in context.call("ec2", "describe_security_groups", Filters=mine)["SecurityGroups"]:
        if group["GroupId"] == resource_id:
            continue
        for rule in [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]:
            if any(pair.get("GroupId") == resource_id for pair in rule.get("UserIdGroupPairs", [])):
                refuse_deletion("DeleteSecurityGroup", resource_id, f"a rule of {group['GroupId']} refers to it")
    for endpoint in active_endpoints(context, vpc):
        if any(group.get("GroupId") == resource_id for group in endpoint.get("Groups", [])):
            refuse_deletion("DeleteSecurityGroup", resource_id, f"{endpoint['VpcEndpointId']} uses it")
    for cluster, details in clusters(context):
        if resource_id in details.get("resourcesVpcConfig", {}).get("securityGroupIds", []):
            refuse_deletion("DeleteSecurityGroup", resource_id, f"EKS cluster {cluster} uses it")


class SecurityGroupHandler(ResourceHandler):
    """A group; as with the real provider it starts without AWS's default egress rule."""

    def finish(self, context: ResourceContext, resource_id: str, inputs: Properties) -> None:
        """Revoke AWS's default egress rule and add the inline rules."""
        super().finish(context, resource_id, inputs)
        try:
            context.call("ec2", "revoke_security_group_egress", GroupId=resource_id, IpPermissions=[_ANYWHERE])
        except AwsError as error:
            if error.code != "InvalidPermission.NotFound":
                raise
        for direction in ("ingress", "egress"):
            self._authorize(context, resource_id, direction, inputs.get(direction) or [])

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change tags and inline rules."""
        super().update(context, resource_id, old, new, outputs)
        for direction in ("ingress", "egress"):
            before, after = old.get(direction) or [], new.get(direction) or []
            gone = [permission_of(rule, resource_id) for rule in before if rule not in after]
            if gone:
                context.call("ec2", f"revoke_security_group_{direction}", GroupId=resource_id, IpPermissions=gone)
            self._authorize(context, resource_id, direction, [rule for rule in after if rule not in before])

    def _authorize(self, context: ResourceContext, group: str, direction: str, rules: list[Properties]) -> None:
        if rules:
            context.call(
                "ec2",
                f"authorize_security_group_{direction}",
                GroupId=group,
                IpPermissions=[permission_of(rule, group) for rule in rules],
            )

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters with the default description of the real provider, as AWS requires one."""
        return super().create_params(context, {"description": "Managed by Pulumi", **inputs})


TYPE = ResourceType(
    token="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    create="create_security_group",
    id="GroupId",
    read=Lookup(operation="describe_security_groups", arguments={"GroupIds": ["{id}"]}, path="SecurityGroups.0"),
    delete=("delete_security_group", {"GroupId": "{id}"}),
    renames={"name": "GroupName"},
    skip=frozenset({"ingress", "egress", "revokeRulesOnDelete"}),
    replace=frozenset({"name", "namePrefix", "description", "vpcId"}),
    tags=ec2_tags("security-group"),
    name="name",
    outputs={"arn": ARN + ":security-group/{id}", "ownerId": "{account}", "vpcId": "VpcId"},
    defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    empty={**NAME_PREFIX, "egress": [], "ingress": []},
    checks=(_security_group_texts, _inline_rules),
    guards=(_security_group_is_unused,),
    handler=SecurityGroupHandler,
)
