"""Rules of security groups as EC2's IpPermissions, and the checks of their protocol and ports."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures
from rehearsal.plugins.wire import Properties, Value

_PORT_LIMIT = 65535
_PROTOCOLS = frozenset({"-1", "all", "tcp", "udp", "icmp", "icmpv6"})


def port_failures(rule: Mapping[str, Value], path: str = "") -> Failures:
    """Return what is wrong with protocol and ports of a rule that is at ``path``."""
    protocol = text_of(rule.get("protocol", rule.get("ipProtocol")))
    if protocol is None:
        return []
    name = "protocol" if "protocol" in rule else "ipProtocol"
    if protocol.lower() not in _PROTOCOLS and not (protocol.isdigit() and int(protocol) <= 255):
        return [(path + name, f"{protocol} is not a protocol")]
    low, high = rule.get("fromPort"), rule.get("toPort")
    if not isinstance(low, int) or not isinstance(high, int) or protocol.lower() not in {"tcp", "udp"}:
        return []
    if not 0 <= low <= high <= _PORT_LIMIT:
        return [(path + "fromPort", f"ports {low} to {high} are not a range within 0 to {_PORT_LIMIT}")]
    return []


def rule_ports(_: ResourceContext, inputs: Properties) -> Failures:
    """Check protocol and ports of a rule."""
    return port_failures(inputs)


def ports_of(rule: Properties) -> dict[str, Any]:
    """Return protocol and ports of a rule as members of an IpPermission."""
    protocol = str(rule.get("protocol", rule.get("ipProtocol", "-1"))).lower()
    protocol = {"all": "-1"}.get(protocol, protocol)
    permission: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        for key, member in (("fromPort", "FromPort"), ("toPort", "ToPort")):
            if rule.get(key) is not None:
                permission[member] = int(rule[key])
    return permission


def described_rule(rule: Properties) -> dict[str, str]:
    """Return the description of a rule as the member of a source of an IpPermission."""
    return {"Description": rule["description"]} if rule.get("description") else {}


def permission_of(rule: Properties, own_group: str) -> dict[str, Any]:
    """Return an inline or a legacy rule as an IpPermission."""
    permission = ports_of(rule)
    more = described_rule(rule)
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
