"""Which subnet has which addresses: arithmetic on CIDR blocks, and what is wrong with a layout."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations

from settings.models.base import PRIVATE_RANGES, in_private_range
from settings.models.network import NetworkSettings

LARGEST_VPC = 16
SMALLEST_DEFAULT_LAYOUT = 21
SMALLEST_CONTROL = 27
SMALLEST_SUBNET = 28
RESERVED_ADDRESSES = 5

ZONES_OFTEN_WITHOUT_EKS = frozenset({"us-east-1e"})
"""In many accounts this letter is the zone id that EKS excludes; which letter it is differs from account to account."""
ZONE_LETTERS: Mapping[str, str] = {
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-west-1": "abc",
    "us-west-2": "abcd",
    "ca-central-1": "abd",
    "eu-central-1": "abc",
    "eu-north-1": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ap-south-1": "abc",
    "ap-southeast-1": "abc",
    "ap-southeast-2": "abc",
    "sa-east-1": "abc",
}
"""Zones per region as most accounts see them, for use without an account."""
LAST_ZONE_LETTER = "f"
"""No region has more than six zones."""


@dataclass(frozen=True, kw_only=True)
class NetworkLayout:
    """CIDR blocks of every subnet, by zone letter."""

    public: Mapping[str, str]
    """Load balancers that face the internet, and NAT gateways."""
    node: Mapping[str, str]
    """Nodes and pods."""
    control: Mapping[str, str]
    """The cluster's network interfaces and internal load balancers."""

    def subnets(self) -> Iterator[tuple[str, str, IPv4Network]]:
        """Setting's key, zone and network of every subnet."""
        for key, tier in (("public_cidrs", self.public), ("node_cidrs", self.node), ("control_cidrs", self.control)):
            for zone, cidr in tier.items():
                yield key, zone, IPv4Network(cidr)


def layout(network: NetworkSettings) -> NetworkLayout:
    """The subnets of a network: those given, for the others the default layout.

    In 10.0.0.0/16: public 10.0.1.0/24, 10.0.3.0/24, 10.0.5.0/24; nodes 10.0.2.0/24, 10.0.4.0/24, 10.0.6.0/24;
    control the first three /26 of 10.0.0.0/24. Other networks have the same subnets at the same distance.
    """
    base = int(IPv4Network(network.cidr).network_address)

    def at(offset: int, prefix: int) -> str:
        return str(IPv4Network((base + offset, prefix)))

    zones = list(enumerate(network.zones))
    return NetworkLayout(
        public=network.public_cidrs or {zone: at((2 * place + 1) * 256, 24) for place, zone in zones},
        node=network.node_cidrs or {zone: at((2 * place + 2) * 256, 24) for place, zone in zones},
        control=network.control_cidrs or {zone: at(place * 64, 26) for place, zone in zones},
    )


def zone_names(region: str, zones: tuple[str, ...]) -> dict[str, str]:
    """Zone letter to the zone's name: a to us-east-1a."""
    return {zone: f"{region}{zone}" for zone in zones}


def network_problems(network: NetworkSettings) -> Iterator[tuple[str, str]]:
    """Key below ``network`` and message of everything wrong with the addresses."""
    vpc = IPv4Network(network.cidr)
    if not LARGEST_VPC <= vpc.prefixlen <= SMALLEST_SUBNET:
        yield "cidr", f"{vpc} is not a size of a VPC: AWS takes /{LARGEST_VPC} to /{SMALLEST_SUBNET}"
        return
    if not in_private_range(vpc):
        yield "cidr", f"{vpc} is not a private range: take one of {', '.join(map(str, PRIVATE_RANGES))}"
    overrides = {
        "public_cidrs": network.public_cidrs,
        "node_cidrs": network.node_cidrs,
        "control_cidrs": network.control_cidrs,
    }
    wrong_zones = list(_override_problems(network.zones, overrides))
    yield from wrong_zones
    if not all(overrides.values()) and vpc.prefixlen > SMALLEST_DEFAULT_LAYOUT:
        yield (
            "cidr",
            (
                f"{vpc} has no room for the default layout: take /{SMALLEST_DEFAULT_LAYOUT} or larger, "
                "or set public_cidrs, node_cidrs and control_cidrs"
            ),
        )
        return
    if not wrong_zones:
        yield from _subnet_problems(vpc, layout(network))


def _override_problems(zones: tuple[str, ...], overrides: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for key, cidrs in overrides.items():
        if not cidrs:
            continue
        for zone in cidrs:
            if zone not in zones:
                yield f"{key}.{zone}", f"is not a zone of this network: omit it, or add {zone} to zones"
        missing = [zone for zone in zones if zone not in cidrs]
        if missing:
            yield key, f"has no CIDR for zone {', '.join(missing)}: give one for each zone, or none at all"


def _subnet_problems(vpc: IPv4Network, plan: NetworkLayout) -> Iterator[tuple[str, str]]:
    subnets = [(f"{key}.{zone}", key, cidr) for key, zone, cidr in plan.subnets()]
    for path, key, cidr in subnets:
        smallest = SMALLEST_CONTROL if key == "control_cidrs" else SMALLEST_SUBNET
        if not cidr.subnet_of(vpc):
            yield path, f"{cidr} lies outside of the network {vpc}: choose one inside"
        if cidr.prefixlen > smallest:
            yield path, f"{cidr} is too small: /{smallest} at least{_why_control(key)}"
    for (first, _, one), (second, _, other) in combinations(subnets, 2):
        if one.overlaps(other):
            yield second, f"{other} overlaps {first} ({one}): choose another"


def _why_control(key: str) -> str:
    return ", EKS and load balancers need free addresses" if key == "control_cidrs" else ""


def usable_addresses(cidr: str) -> int:
    """Addresses of a subnet less the five AWS keeps."""
    return IPv4Network(cidr).num_addresses - RESERVED_ADDRESSES
