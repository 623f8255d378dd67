"""What security groups and their rules let in."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardrails.analysis.cluster_network import SECURITY_GROUP
from guardrails.analysis.prefix_lists import PrefixLists
from guardrails.engine.rule import Finding, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, is_open_cidr

SECURITY_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DEFAULT_SECURITY_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"


def _every_port(rule: Properties) -> bool:
    protocol = next((rule[key] for key in ("protocol", "ipProtocol") if rule.get(key) is not None), None)
    return str(protocol).lower() in {"-1", "-1.0", "all"} or rule.get("fromPort") is None


def _ports(rule: Properties) -> str:
    if _every_port(rule):
        return "every port"
    start, end = rule.get("fromPort"), rule.get("toPort")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return "a port that is not known yet"
    return f"port {start:.0f}" if start == end else f"ports {start:.0f}-{end:.0f}"


def opens_only(rule: Properties, ports: list[float]) -> bool | None:
    """Whether a rule opens one of the ports and no other; None if unknown."""
    ends = (rule.get("fromPort"), rule.get("toPort"))
    if UNKNOWN in {rule.get("protocol"), rule.get("ipProtocol")} or UNKNOWN in ends:
        known = [end for end in ends if end is not UNKNOWN]
        return None if all(end in ports for end in known) else False
    return not _every_port(rule) and ends[0] == ends[1] and ends[0] in ports


def open_rules(
    subject: Subject, lists: PrefixLists | None = None, *, cidrs: bool = True
) -> Iterator[tuple[Finding | Unknown, Properties]]:
    """Yield what a security group or one of its rules lets in from everywhere, or may, and the rule itself.

    Args:
        subject: A security group or a rule.
        lists: The stack's prefix lists; without them they are passed over.
        cidrs: Whether sources that are given as CIDRs count too.
    """
    inline = subject.type in {SECURITY_GROUP, DEFAULT_SECURITY_GROUP}
    rules: list[tuple[str, Value]] = []
    if inline:
        ingress = subject.props.get("ingress")
        rules += [(f"ingress[{index}]: ", item) for index, item in enumerate(as_list(ingress))]
    elif subject.type == SECURITY_GROUP_RULE:
        direction = subject.props.get("type")
        if direction is UNKNOWN:
            if cidrs:
                yield Unknown("type is unknown"), {}
        elif str(direction).lower() == "ingress":
            rules.append(("", subject.props))
    else:
        rules.append(("", subject.props))
    for where, rule in rules:
        if not isinstance(rule, dict):
            if cidrs:
                yield Unknown(f"{where}is unknown"), {}
            continue
        for source in _sources(rule) if cidrs else ():
            if source is UNKNOWN:
                yield Unknown(f"{where}a source is unknown"), rule
            elif is_open_cidr(source):
                yield Finding(f"{where}{source} may reach {_ports(rule)}"), rule
        for key in ("prefixListIds", "prefixListId") if lists else ():
            for found in lists.sources(subject, "ingress" if inline else key, rule.get(key)) if lists else ():
                yield replace(found, what=f"{where}{found.what} may reach {_ports(rule)}"), rule


def _sources(rule: Properties) -> list[Value]:
    return [item for key in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6") for item in as_list(rule.get(key))]
