"""Security groups and their rules."""

from rehearsal.aws import checks, guards
from rehearsal.aws.kind import Kind, Read, Tags, ec2_tags
from rehearsal.aws.special import security_groups as special

_ARN = "arn:{partition}:ec2:{region}:{account}"
_RULE = Read(
    operation="describe_security_group_rules",
    arguments={"SecurityGroupRuleIds": ["{id}"]},
    path="SecurityGroupRules.0",
)
_RULE_TAGS = Tags(
    form="ec2:security-group-rule",
    add="create_tags",
    remove="delete_tags",
    arguments={"Resources": ["{id}"]},
    removed="Tags",
)


def _rule(direction: str) -> Kind:
    return Kind(
        token=f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        service="ec2",
        create=f"authorize_security_group_{direction.lower()}",
        read=_RULE,
        delete=(
            f"revoke_security_group_{direction.lower()}",
            {"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
        ),
        replace=frozenset({"securityGroupId"}),
        tags=_RULE_TAGS,
        outputs={"arn": _ARN + ":security-group-rule/{id}", "securityGroupRuleId": "{id}"},
        checks=(checks.rule_ports, checks.cidr("cidrIpv4", 0, 32), checks.one_rule_source),
        behaviour=special.EgressRule if direction == "Egress" else special.IngressRule,
    )


KINDS = (
    Kind(
        token="aws:ec2/securityGroup:SecurityGroup",
        service="ec2",
        create="create_security_group",
        id="GroupId",
        read=Read(operation="describe_security_groups", arguments={"GroupIds": ["{id}"]}, path="SecurityGroups.0"),
        delete=("delete_security_group", {"GroupId": "{id}"}),
        renames={"name": "GroupName"},
        skip=frozenset({"ingress", "egress", "revokeRulesOnDelete"}),
        replace=frozenset({"name", "namePrefix", "description", "vpcId"}),
        tags=ec2_tags("security-group"),
        name="name",
        outputs={"arn": _ARN + ":security-group/{id}", "ownerId": "{account}", "vpcId": "VpcId"},
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
        checks=(checks.security_group_texts, checks.inline_rules),
        guards=(guards.security_group_is_unused,),
        behaviour=special.SecurityGroup,
    ),
    Kind(
        token="aws:ec2/securityGroupRule:SecurityGroupRule",
        service="ec2",
        create="authorize_security_group_ingress",
        read=Read(
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
        checks=(checks.rule_ports, checks.cidrs("cidrBlocks")),
        behaviour=special.LegacyRule,
    ),
    _rule("Ingress"),
    _rule("Egress"),
)
