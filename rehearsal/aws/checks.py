"""What AWS refuses and moto takes: found while inputs are checked, so that a preview already tells.

Each check gets the context and the inputs and returns what is wrong as (property, reason). A value that a preview does
not know yet is never wrong.
"""

import ipaddress
import re
from collections.abc import Mapping

from rehearsal.aws.context import Context
from rehearsal.aws.kind import Check
from rehearsal.plugins.wire import Properties, Unknown, Value, contains_unknown

Problems = list[tuple[str, str]]

_PORT_LIMIT = 65535
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IAM_NAME = re.compile(r"[\w+=,.@-]+")
_RETENTION = frozenset(
    {0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
_PROTOCOLS = frozenset({"-1", "all", "tcp", "udp", "icmp", "icmpv6"})


def text_of(value: Value) -> str | None:
    """The value if it is text; None if it is missing or not known yet."""
    return value if isinstance(value, str) else None


def network_problem(value: Value, shortest: int, longest: int) -> str:
    """What is wrong with a CIDR block, empty if nothing is."""
    if not isinstance(value, str):
        return ""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return f"{value} is not a CIDR block"
    if str(network) != value:
        return f"{value} has host bits set; the network is {network}"
    if not shortest <= network.prefixlen <= longest:
        return f"{value} must be between /{shortest} and /{longest}"
    return ""


def cidr(name: str, shortest: int, longest: int) -> Check:
    """A property that is a CIDR block without host bits, of a size that AWS allows."""

    def check(_: Context, inputs: Properties) -> Problems:
        reason = network_problem(inputs.get(name), shortest, longest)
        return [(name, reason)] if reason else []

    return check


def cidrs(name: str) -> Check:
    """A list of CIDR blocks."""

    def check(_: Context, inputs: Properties) -> Problems:
        values = inputs.get(name)
        found = [(f"{name}[{index}]", network_problem(value, 0, 32)) for index, value in enumerate(items_of(values))]
        return [(path, reason) for path, reason in found if reason]

    return check


def items_of(value: Value) -> list[Value]:
    """The items of a list; none if it is missing or not known yet."""
    return value if isinstance(value, list) else []


def public_nat_has_address(_: Context, inputs: Properties) -> Problems:
    """A public NAT gateway needs an elastic IP."""
    if inputs.get("connectivityType", "public") == "public" and inputs.get("allocationId") is None:
        return [("allocationId", "a public NAT gateway needs an elastic IP's allocation id")]
    return []


def route_has_target(_: Context, inputs: Properties) -> Problems:
    """A route needs exactly one target."""
    targets = [key for key, value in inputs.items() if key.endswith(("Id", "Arn")) and value is not None]
    named = sorted(set(targets) - {"routeTableId", "destinationPrefixListId"})
    if len(named) == 1:
        return []
    return [("", f"a route needs exactly one target, this one has {', '.join(named) or 'none'}")]


def endpoint_fits_its_type(_: Context, inputs: Properties) -> Problems:
    """Gateway endpoints take route tables, interface endpoints take subnets and groups."""
    kind = inputs.get("vpcEndpointType", "Gateway")
    wrong = {"Gateway": ("subnetIds", "securityGroupIds", "privateDnsEnabled"), "Interface": ("routeTableIds",)}
    return [(key, f"a {kind} endpoint takes no {key}") for key in wrong.get(str(kind), ()) if inputs.get(key)]


def _ports(rule: Mapping[str, Value], path: str = "") -> Problems:
    protocol = text_of(rule.get("protocol", rule.get("ipProtocol")))
    if protocol is None:
        return []
    name = "protocol" if "protocol" in rule else "ipProtocol"
    if protocol.lower() not in _PROTOCOLS and not (protocol.isdigit() and int(protocol) <= 255):
        return [(path + name, f"{protocol} is no protocol")]
    low, high = rule.get("fromPort"), rule.get("toPort")
    if not isinstance(low, int) or not isinstance(high, int) or protocol.lower() not in {"tcp", "udp"}:
        return []
    if not 0 <= low <= high <= _PORT_LIMIT:
        return [(path + "fromPort", f"ports {low} to {high} are not a range within 0 to {_PORT_LIMIT}")]
    return []


def rule_ports(_: Context, inputs: Properties) -> Problems:
    """Protocol and ports of a rule."""
    return _ports(inputs)


def inline_rules(_: Context, inputs: Properties) -> Problems:
    """Protocol, ports and sources of a group's own rules."""
    problems: Problems = []
    for direction in ("ingress", "egress"):
        for index, rule in enumerate(items_of(inputs.get(direction))):
            if not isinstance(rule, Mapping):
                continue
            path = f"{direction}[{index}]."
            problems += _ports(rule, path)
            for place, block in enumerate(items_of(rule.get("cidrBlocks"))):
                reason = network_problem(block, 0, 32)
                if reason:
                    problems.append((f"{path}cidrBlocks[{place}]", reason))
    return problems


def one_rule_source(_: Context, inputs: Properties) -> Problems:
    """A rule has exactly one source or destination."""
    keys = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    given = [key for key in keys if inputs.get(key) is not None]
    return [] if len(given) == 1 else [("", f"exactly one of {', '.join(keys)} is needed, {len(given)} are given")]


def security_group_texts(_: Context, inputs: Properties) -> Problems:
    """Name and description of a group."""
    problems = []
    name = text_of(inputs.get("name"))
    if name and name.startswith("sg-"):
        problems.append(("name", f"{name}: a group's name cannot begin with sg-"))
    for key in ("name", "description"):
        text = text_of(inputs.get(key))
        if text and not re.fullmatch(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}", text):
            problems.append((key, f"{text!r}: at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*"))
    return problems


def scaling_sizes(low: str, wanted: str, high: str) -> Check:
    """Minimum, desired and maximum size in order."""

    def check(_: Context, inputs: Properties) -> Problems:
        sizes = [inputs.get(key) for key in (low, wanted, high)]
        numbers = [size for size in sizes if isinstance(size, int)]
        if numbers != sorted(numbers):
            return [(wanted, f"{low} <= {wanted} <= {high} does not hold for {sizes}")]
        return []

    return check


def launch_template_volumes(_: Context, inputs: Properties) -> Problems:
    """Numbers of gp3 volumes."""
    problems = []
    for index, mapping in enumerate(items_of(inputs.get("blockDeviceMappings"))):
        ebs = mapping.get("ebs") if isinstance(mapping, Mapping) else None
        if not isinstance(ebs, Mapping) or ebs.get("volumeType") != "gp3" or contains_unknown(ebs):
            continue
        throughput, iops = ebs.get("throughput", 125), ebs.get("iops", 3000)
        path = f"blockDeviceMappings[{index}].ebs"
        if not 125 <= throughput <= 2000:
            problems.append((f"{path}.throughput", f"{throughput} MiB/s is not within gp3's 125 to 2000"))
        elif throughput > iops * 0.25:
            problems.append((f"{path}.throughput", f"{throughput} MiB/s needs at least {throughput * 4} IOPS"))
    return problems


def name_characters(name: str, length: int) -> Check:
    """Length and characters of an IAM or EKS name."""

    def check(_: Context, inputs: Properties) -> Problems:
        text = text_of(inputs.get(name))
        if text is None:
            return []
        if len(text) > length:
            return [(name, f"{text} has {len(text)} characters, {length} are allowed")]
        return [] if _IAM_NAME.fullmatch(text) else [(name, f"{text}: only letters, digits and _+=,.@- are allowed")]

    return check


def bucket_name(_: Context, inputs: Properties) -> Problems:
    """The rules for bucket names."""
    name = text_of(inputs.get("bucket"))
    if name is None:
        return []
    wrong = not _BUCKET.fullmatch(name) or ".." in name or name.startswith("xn--") or name.endswith("-s3alias")
    if wrong or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        return [("bucket", f"{name}: 3 to 63 lower-case letters, digits, dots and hyphens, not an address")]
    return []


def versioning_status(_: Context, inputs: Properties) -> Problems:
    """Versioning is on or suspended."""
    given = inputs.get("versioningConfiguration")
    status = given.get("status") if isinstance(given, Mapping) else given
    if status in {"Enabled", "Suspended", "Disabled"} or isinstance(status, Unknown):
        return []
    return [("versioningConfiguration.status", f"{status} is not Enabled, Suspended or Disabled")]


def lifecycle_rules(_: Context, inputs: Properties) -> Problems:
    """Lifecycle rules that do something, with ids of their own."""
    problems = []
    seen = set()
    for index, rule in enumerate(items_of(inputs.get("rules"))):
        if not isinstance(rule, Mapping):
            continue
        if rule.get("id") in seen:
            problems.append((f"rules[{index}].id", f"{rule['id']} is there twice"))
        seen.add(rule.get("id"))
        actions = ("expiration", "transition", "noncurrentVersion", "abortIncompleteMultipartUpload")
        if not any(key.startswith(actions) for key, value in rule.items() if value):
            problems.append((f"rules[{index}]", "a rule needs an action"))
        days = (rule.get("expiration") or {}).get("days") if isinstance(rule.get("expiration"), Mapping) else None
        if isinstance(days, int) and days < 1:
            problems.append((f"rules[{index}].expiration.days", "must be at least 1"))
    return problems


def log_group(_: Context, inputs: Properties) -> Problems:
    """Name and retention of a log group."""
    problems = []
    name, days = text_of(inputs.get("name")), inputs.get("retentionInDays")
    if name and not re.fullmatch(r"[\w./#-]{1,512}", name):
        problems.append(("name", f"{name}: only letters, digits and _-/.# are allowed"))
    if isinstance(days, int) and days not in _RETENTION:
        problems.append(("retentionInDays", f"{days} is not one of {sorted(_RETENTION)}"))
    return problems


def deletion_window(_: Context, inputs: Properties) -> Problems:
    """A key waits 7 to 30 days for its deletion."""
    days = inputs.get("deletionWindowInDays", 30)
    if isinstance(days, int) and not 7 <= days <= 30:
        return [("deletionWindowInDays", f"{days} is not within 7 to 30")]
    return []


def https_url(_: Context, inputs: Properties) -> Problems:
    """An OIDC provider's URL has the scheme."""
    url = text_of(inputs.get("url"))
    if url is not None and not re.fullmatch(r"https://[^/\s]+\S*", url):
        return [("url", f"{url} must begin with https://")]
    return []
