"""Ingress by prefix lists of the stack, of AWS and of elsewhere."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.nodes import GROUP, INGRESS, RULE
from tests.policies.judging import Given, U, case

SSH = {"protocol": "tcp", "fromPort": 22.0, "toPort": 22.0}
HTTPS = {"protocol": "tcp", "fromPort": 443.0, "toPort": 443.0}


def prefix_list(*cidrs: Any, name: str = "list", **props: Any) -> Given:
    return Given(
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        {"name": name, "maxEntries": 9.0, "entries": [{"cidr": cidr} for cidr in cidrs], **props},
        name,
    )


def entry(cidr: Any, name: str = "list") -> Given:
    return Given(
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
        {"cidr": cidr, "prefixListId": U},
        f"entry-{name}",
        {"prefixListId": [name]},
    )


def inline(*lists: str, ports: dict[str, Any] = SSH, ids: Any = None) -> Given:
    return Given(GROUP, {"ingress": [{**ports, "prefixListIds": ids or [U] * len(lists)}]}, "group", {"ingress": lists})


def rule(*lists: str, ids: Any = None, type_: str = "ingress") -> Given:
    return Given(
        RULE,
        {"type": type_, "securityGroupId": "sg-1", **SSH, "prefixListIds": ids or [U] * len(lists)},
        "rule",
        {"prefixListIds": lists},
    )


def vpc_rule(*lists: str, id_: Any = U) -> Given:
    return Given(
        INGRESS,
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "prefixListId": id_},
        "rule",
        {"prefixListId": lists},
    )


OPEN = prefix_list("0.0.0.0/0")
OFFICE = prefix_list("203.0.113.0/24", "2001:db8::/32", name="office")
ENDPOINT = Given("aws:ec2/vpcEndpoint:VpcEndpoint", {"serviceName": "com.amazonaws.eu-west-1.s3"}, "endpoint")
KNOWN_ENDPOINT = Given(ENDPOINT.type, {**ENDPOINT.props, "prefixListId": "pl-6da54004"}, "endpoint")

EXAMPLES = {
    "node-open-ingress": Examples(
        passes=(
            case("an office's list, inline", OFFICE, inline("office")),
            case("an office's list, a rule", OFFICE, rule("office")),
            case("an office's list, a VPC rule", OFFICE, vpc_rule("office")),
            case("an office's list by id", prefix_list("203.0.113.0/24", id="pl-1"), vpc_rule(id_="pl-1")),
            case("an open list for egress", OPEN, rule("list", type_="egress")),
            case("an open list on a load balancer's port", OPEN, inline("list", ports=HTTPS)),
            case("an open list that nothing names", OPEN, OFFICE, rule("office")),
            case("AWS's list by name", rule(ids=["com.amazonaws.global.cloudfront.origin-facing"])),
            case("the list of a gateway endpoint", ENDPOINT, vpc_rule("endpoint")),
            case("the list of a gateway endpoint by id", KNOWN_ENDPOINT, inline(ids=["pl-6da54004"])),
        ),
        fails=(
            case("inline", OPEN, inline("list")),
            case("a rule", OPEN, rule("list")),
            case("a VPC rule", OPEN, vpc_rule("list")),
            case("by id, after creation", prefix_list("0.0.0.0/0", id="pl-1"), inline(ids=["pl-1"])),
            case("a default group", OPEN, Given("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"ingress": [{**SSH, "prefixListIds": [U]}]}, "group", {"ingress": ["list"]})),
            case("halves of the address space", prefix_list("0.0.0.0/1", "128.0.0.0/1"), rule("list")),
            case("IPv6", prefix_list("::/0", addressFamily="IPv6"), vpc_rule("list")),
            case("a separate entry", prefix_list("10.0.0.0/8"), entry("0.0.0.0/0"), vpc_rule("list")),
            case("one of two lists", OPEN, OFFICE, rule("list", "office")),
            case("an open list beside AWS's by name", OPEN, rule("list", ids=[U, "com.amazonaws.eu-west-1.s3"])),
            case("every port", OPEN, Given(INGRESS, {"securityGroupId": "sg-1", "ipProtocol": "-1", "prefixListId": U}, "rule", {"prefixListId": ["list"]})),
        ),
        unknown=(
            case("a list of elsewhere", vpc_rule(id_="pl-9")),
            case("a list of nowhere", rule(ids=[U])),
            case("entries", prefix_list(entries=U), vpc_rule("list")),
            case("an entry", prefix_list("10.0.0.0/8", U), vpc_rule("list")),
            case("a separate entry of unknown network", prefix_list("10.0.0.0/8"), entry(U), rule("list")),
            case("one of two lists that two rules name", OPEN, OFFICE, Given(GROUP, {"ingress": [{**HTTPS, "prefixListIds": [U]}, {**SSH, "prefixListIds": [U]}]}, "group", {"ingress": ["list", "office"]})),
            case("an open list through its entry", OPEN, entry("10.0.0.0/8"), vpc_rule("entry-list")),
        ),
    ),
    "node-web-ingress": Examples(
        fails=(
            case("a node's group, open by a list", OPEN, inline("list", ports=HTTPS), Given("aws:ec2/instance:Instance", {"vpcSecurityGroupIds": [U], "tags": {"kubernetes.io/cluster/llm": "owned"}}, "machine", {"vpcSecurityGroupIds": ["group"]})),
        ),
    ),
}  # fmt: skip
