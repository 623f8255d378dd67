"""Security group rules of one source each, ingress and egress alike."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import cidr
from rehearsal.aws.ip_permissions import described_rule, permission_of, ports_of, rule_ports
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


def _one_rule_source(_: ResourceContext, inputs: Properties) -> Failures:
    """Require exactly one source or destination."""
    keys = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    given = [key for key in keys if inputs.get(key) is not None]
    return [] if len(given) == 1 else [("", f"exactly one of {', '.join(keys)} is needed, {len(given)} are given")]


class _RuleHandler(ResourceHandler):
    """One rule in AWS."""

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Add the rule."""
        answer = context.call(
            "ec2", self.spec.create, GroupId=inputs["securityGroupId"], IpPermissions=[_permission(inputs)]
        )
        rules = answer.get("SecurityGroupRules") or []
        if not rules:
            raise ProviderError(f"{inputs['securityGroupId']}: moto returned no id of the new rule")
        return str(rules[0]["SecurityGroupRuleId"])

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the rule as AWS has it."""
        now = super().current_inputs(context, resource_id, inputs, {**found, "SecurityGroupId": found["GroupId"]})
        if ports_of(inputs)["IpProtocol"] == found["IpProtocol"]:
            now["ipProtocol"] = inputs["ipProtocol"]
        if inputs.get("referencedSecurityGroupId"):
            now["referencedSecurityGroupId"] = found.get("ReferencedGroupInfo", {}).get("GroupId")
        return now

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Change the rule in place."""
        if {**old, "tags": None} != {**new, "tags": None}:
            self._modify(context, resource_id, new)
        same = {**old, "tags": new.get("tags")}
        super().update(context, resource_id, {**same, "tags": old.get("tags")}, same, outputs)

    def _modify(self, context: ResourceContext, resource_id: str, new: Properties) -> None:
        rule: dict[str, Any] = ports_of(new) | described_rule(new)
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


def _permission(inputs: Properties) -> dict[str, Any]:
    lists = {
        "cidrBlocks": [inputs["cidrIpv4"]] if inputs.get("cidrIpv4") else [],
        "ipv6CidrBlocks": [inputs["cidrIpv6"]] if inputs.get("cidrIpv6") else [],
        "prefixListIds": [inputs["prefixListId"]] if inputs.get("prefixListId") else [],
        "sourceSecurityGroupId": inputs.get("referencedSecurityGroupId"),
    }
    return permission_of({**inputs, **lists}, inputs["securityGroupId"])


def rule_type(direction: str) -> ResourceType:
    """Return the type of the rules of a direction, ``Ingress`` or ``Egress``."""
    return ResourceType(
        token=f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        service="ec2",
        create=f"authorize_security_group_{direction.lower()}",
        read=Lookup(
            operation="describe_security_group_rules",
            arguments={"SecurityGroupRuleIds": ["{id}"]},
            path="SecurityGroupRules.0",
        ),
        delete=(
            f"revoke_security_group_{direction.lower()}",
            {"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
        ),
        replace=frozenset({"securityGroupId"}),
        tags=TagCalls(
            form="ec2:security-group-rule",
            add="create_tags",
            remove="delete_tags",
            arguments={"Resources": ["{id}"]},
            removed="Tags",
        ),
        outputs={
            "arn": "arn:{partition}:ec2:{region}:{account}:security-group-rule/{id}",
            "securityGroupRuleId": "{id}",
        },
        checks=(rule_ports, cidr("cidrIpv4", 0, 32), _one_rule_source),
        handler=_RuleHandler,
    )
