"""Rules of a security group, several sources in one resource."""

import hashlib
import json
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import cidrs
from rehearsal.aws.ip_permissions import permission_of, ports_of, rule_ports
from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup
from rehearsal.plugins.wire import Properties


class SecurityGroupRuleHandler(ResourceHandler):
    """``ec2.SecurityGroupRule``: one resource, a rule in AWS for each source."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Add the rules."""
        self._need_source_group(context, inputs)
        group = inputs["securityGroupId"]
        permission = permission_of(inputs, group)
        context.call("ec2", f"authorize_security_group_{inputs['type']}", GroupId=group, IpPermissions=[permission])
        what = {key: value for key, value in inputs.items() if key not in {"description", "__defaults", "region"}}
        return f"sgrule-{int(hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:8], 16)}"

    def _need_source_group(self, context: ResourceContext, inputs: Properties) -> None:
        source = inputs.get("sourceSecurityGroupId")
        if source:
            context.call("ec2", "describe_security_groups", GroupIds=[source])

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return the rules of the group that this resource consists of; None unless all exist."""
        rules = super().read(context, resource_id, properties)
        if rules is None:
            return None
        wanted = _sources(permission_of(properties, properties["securityGroupId"]))
        ports = ports_of(properties)
        egress = properties["type"] == "egress"
        found = {}
        for rule in rules:
            if rule["IsEgress"] == egress and _same_ports(rule, ports):
                source = (
                    rule.get("CidrIpv4")
                    or rule.get("CidrIpv6")
                    or rule.get("PrefixListId")
                    or rule.get("ReferencedGroupInfo", {}).get("GroupId")
                )
                found[source] = rule["SecurityGroupRuleId"]
        if not wanted <= set(found):
            return None
        return {"Rules": [found[source] for source in sorted(wanted)]}

    def outputs(
        self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """Return the outputs, with AWS's id if it is a single rule."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        if len(found["Rules"]) == 1:
            outputs["securityGroupRuleId"] = found["Rules"][0]
        return outputs

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs: a rule that differs is another rule."""
        return dict(inputs)

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change the description, the only property that can be changed in place."""
        context.call(
            "ec2",
            f"update_security_group_rule_descriptions_{new['type']}",
            GroupId=new["securityGroupId"],
            IpPermissions=[permission_of(new, new["securityGroupId"])],
        )

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Remove its rules."""
        properties = {**outputs, **inputs}
        found = self.read(context, resource_id, properties)
        if found is None:
            return
        context.call(
            "ec2",
            f"revoke_security_group_{properties['type']}",
            GroupId=properties["securityGroupId"],
            SecurityGroupRuleIds=found["Rules"],
        )


def _sources(permission: dict[str, Any]) -> set[str]:
    members = (
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId"),
        ("UserIdGroupPairs", "GroupId"),
    )
    return {item[inner] for member, inner in members for item in permission.get(member, [])}


def _same_ports(rule: dict[str, Any], ports: dict[str, Any]) -> bool:
    if rule["IpProtocol"] != ports["IpProtocol"]:
        return False
    return ports["IpProtocol"] == "-1" or all(
        rule.get(key) in {value, -1 if value is None else value} for key, value in ports.items() if key != "IpProtocol"
    )


TYPE = ResourceType(
    token="aws:ec2/securityGroupRule:SecurityGroupRule",
    service="ec2",
    create="authorize_security_group_ingress",
    read=Lookup(
        operation="describe_security_group_rules",
        arguments={"Filters": [{"Name": "group-id", "Values": ["{securityGroupId}"]}]},
        path="SecurityGroupRules",
    ),
    replace=frozenset(
        {
            *("type", "securityGroupId", "fromPort", "toPort", "protocol", "self", "sourceSecurityGroupId"),
            *("cidrBlocks", "ipv6CidrBlocks", "prefixListIds"),
        }
    ),
    empty={"securityGroupRuleId": "", "sourceSecurityGroupId": ""},
    checks=(rule_ports, cidrs("cidrBlocks")),
    handler=SecurityGroupRuleHandler,
)
