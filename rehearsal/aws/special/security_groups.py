"""Behaviours of security groups and their rules."""

import hashlib
import json
from typing import Any, ClassVar

from rehearsal.aws.behaviour import Behaviour
from rehearsal.aws.calls import AwsError
from rehearsal.aws.context import Context
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _ports(rule: Properties) -> dict[str, Any]:
    protocol = str(rule.get("protocol", rule.get("ipProtocol", "-1"))).lower()
    protocol = {"all": "-1"}.get(protocol, protocol)
    permission: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        for key, member in (("fromPort", "FromPort"), ("toPort", "ToPort")):
            if rule.get(key) is not None:
                permission[member] = int(rule[key])
    return permission


def _described(rule: Properties) -> dict[str, str]:
    return {"Description": rule["description"]} if rule.get("description") else {}


def permission_of(rule: Properties, own_group: str) -> dict[str, Any]:
    """An inline or a legacy rule as an IpPermission."""
    permission = _ports(rule)
    more = _described(rule)
    groups = [*(rule.get("securityGroups") or [])]
    if rule.get("sourceSecurityGroupId"):
        groups.append(rule["sourceSecurityGroupId"])
    if rule.get("self"):
        groups.append(own_group)
    for key, member, inner in (
        ("cidrBlocks", "IpRanges", "CidrIp"),
        ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListIds", "PrefixListIds", "PrefixListId"),
    ):
        if rule.get(key):
            permission[member] = [{inner: value, **more} for value in rule[key]]
    if groups:
        permission["UserIdGroupPairs"] = [{"GroupId": group, **more} for group in groups]
    return permission


class SecurityGroup(Behaviour):
    """A group; like the real provider it starts without AWS's rule that lets everything out."""

    def finish(self, context: Context, resource_id: str, inputs: Properties) -> None:
        """Take AWS's own rule away and add the inline ones."""
        super().finish(context, resource_id, inputs)
        try:
            context.call("ec2", "revoke_security_group_egress", GroupId=resource_id, IpPermissions=[_ANYWHERE])
        except AwsError as error:
            if error.code != "InvalidPermission.NotFound":
                raise
        for direction in ("ingress", "egress"):
            self._authorize(context, resource_id, direction, inputs.get(direction) or [])

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change tags and inline rules."""
        super().update(context, resource_id, old, new, outputs)
        for direction in ("ingress", "egress"):
            before, after = old.get(direction) or [], new.get(direction) or []
            gone = [permission_of(rule, resource_id) for rule in before if rule not in after]
            if gone:
                context.call("ec2", f"revoke_security_group_{direction}", GroupId=resource_id, IpPermissions=gone)
            self._authorize(context, resource_id, direction, [rule for rule in after if rule not in before])

    def _authorize(self, context: Context, group: str, direction: str, rules: list[Properties]) -> None:
        if rules:
            context.call(
                "ec2",
                f"authorize_security_group_{direction}",
                GroupId=group,
                IpPermissions=[permission_of(rule, group) for rule in rules],
            )

    def create_params(self, context: Context, inputs: Properties) -> dict[str, Any]:
        """The parameters; AWS wants a description, and so the real provider gives one."""
        return super().create_params(context, {"description": "Managed by Pulumi", **inputs})


class LegacyRule(Behaviour):
    """``ec2.SecurityGroupRule``: one resource, a rule in AWS for each source."""

    def create(self, context: Context, inputs: Properties) -> str:
        """Add the rules."""
        self._need_source_group(context, inputs)
        group = inputs["securityGroupId"]
        permission = permission_of(inputs, group)
        context.call("ec2", f"authorize_security_group_{inputs['type']}", GroupId=group, IpPermissions=[permission])
        what = {key: value for key, value in inputs.items() if key not in {"description", "__defaults", "region"}}
        return f"sgrule-{int(hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:8], 16)}"

    def _need_source_group(self, context: Context, inputs: Properties) -> None:
        source = inputs.get("sourceSecurityGroupId")
        if source:
            context.call("ec2", "describe_security_groups", GroupIds=[source])

    def look(self, context: Context, resource_id: str, properties: Properties) -> Any:
        """The rules of the group that say what this one says; None unless all are there."""
        rules = super().look(context, resource_id, properties)
        if rules is None:
            return None
        wanted = _sources(permission_of(properties, properties["securityGroupId"]))
        ports = _ports(properties)
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
        self, context: Context, resource_id: str, inputs: Properties, found: Any, before: Properties
    ) -> Properties:
        """What the program gave, with AWS's id if it is one rule there."""
        outputs = super().outputs(context, resource_id, inputs, found, before)
        if len(found["Rules"]) == 1:
            outputs["securityGroupRuleId"] = found["Rules"][0]
        return outputs

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Nothing of a rule can differ: another rule is not this one."""
        return dict(inputs)

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change the description, the one thing AWS lets one change."""
        context.call(
            "ec2",
            f"update_security_group_rule_descriptions_{new['type']}",
            GroupId=new["securityGroupId"],
            IpPermissions=[permission_of(new, new["securityGroupId"])],
        )

    def delete(self, context: Context, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Remove its rules."""
        properties = {**outputs, **inputs}
        found = self.look(context, resource_id, properties)
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


class IngressRule(Behaviour):
    """``vpc.SecurityGroupIngressRule``: one rule."""

    direction: ClassVar[str] = "ingress"

    def create(self, context: Context, inputs: Properties) -> str:
        """Add the rule."""
        answer = context.call(
            "ec2",
            f"authorize_security_group_{self.direction}",
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_modern(inputs)],
        )
        rules = answer.get("SecurityGroupRules") or []
        if not rules:
            raise ProviderError(f"{inputs['securityGroupId']}: moto did not say which rule it made")
        return str(rules[0]["SecurityGroupRuleId"])

    def current(self, context: Context, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """The rule as AWS has it."""
        now = super().current(context, resource_id, inputs, {**found, "SecurityGroupId": found["GroupId"]})
        if _ports(inputs)["IpProtocol"] == found["IpProtocol"]:
            now["ipProtocol"] = inputs["ipProtocol"]
        if inputs.get("referencedSecurityGroupId"):
            now["referencedSecurityGroupId"] = found.get("ReferencedGroupInfo", {}).get("GroupId")
        return now

    def update(self, context: Context, resource_id: str, old: Properties, new: Properties, outputs: Properties) -> None:
        """Change the rule in place."""
        if {**old, "tags": None} != {**new, "tags": None}:
            self._modify(context, resource_id, new)
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def _modify(self, context: Context, resource_id: str, new: Properties) -> None:
        rule: dict[str, Any] = _ports(new) | _described(new)
        for key, member in (
            ("cidrIpv4", "CidrIpv4"),
            ("cidrIpv6", "CidrIpv6"),
            ("prefixListId", "PrefixListId"),
            ("referencedSecurityGroupId", "ReferencedGroupId"),
        ):
            if new.get(key):
                rule[member] = new[key]
        context.call(
            "ec2",
            "modify_security_group_rules",
            GroupId=new["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": resource_id, "SecurityGroupRule": rule}],
        )


class EgressRule(IngressRule):
    """``vpc.SecurityGroupEgressRule``: one rule."""

    direction: ClassVar[str] = "egress"


def _modern(inputs: Properties) -> dict[str, Any]:
    lists = {
        "cidrBlocks": [inputs["cidrIpv4"]] if inputs.get("cidrIpv4") else [],
        "ipv6CidrBlocks": [inputs["cidrIpv6"]] if inputs.get("cidrIpv6") else [],
        "prefixListIds": [inputs["prefixListId"]] if inputs.get("prefixListId") else [],
        "sourceSecurityGroupId": inputs.get("referencedSecurityGroupId"),
    }
    return permission_of({**inputs, **lists}, inputs["securityGroupId"])
