"""Subnets of a VPC: awsx's allocation, as arithmetic on CIDR blocks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Any

PUBLIC, PRIVATE, ISOLATED, UNUSED = "Public", "Private", "Isolated", "Unused"
TYPES = (PUBLIC, PRIVATE, ISOLATED, UNUSED)
_ORDER = {PUBLIC: 0, PRIVATE: 1, ISOLATED: 2}
_SMALLEST_DEFAULT_ZONE = 26
_LARGEST_DEFAULT_ZONE = 16


class LayoutError(ValueError):
    """The subnets cannot be laid out as specified; ``path`` is the input at fault."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path


@dataclass(frozen=True, kw_only=True)
class SubnetSpec:
    """One subnet in every zone, by explicit blocks (one a zone), by mask, by size, or by an even share."""

    type: str
    name: str | None = None
    cidr_blocks: tuple[str, ...] | None = None
    cidr_mask: int | None = None
    size: int | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """Return the part between the VPC's name and the zone's number in the subnet's name."""
        return self.name or self.type.lower()


@dataclass(frozen=True, kw_only=True)
class PlannedSubnet:
    """One subnet to make; ``zone`` is an index into the VPC's zones."""

    name: str
    type: str
    zone: int
    cidr: IPv4Network
    tags: Mapping[str, Any]


def plan(
    vpc: str, cidr: str, zones: int, specs: Sequence[SubnetSpec] | None, zone_mask: int | None = None
) -> list[PlannedSubnet]:
    """The parts of a VPC, in the order of its specs zone by zone, with those that stay unused."""
    block = network(cidr, "cidrBlock")
    if specs is not None and not specs:
        raise LayoutError("subnetSpecs", "`subnetSpecs` is empty; omit it for awsx's default, or name a subnet")
    explicit = specs is not None and any(spec.cidr_blocks is not None for spec in specs)
    planned = _explicit(vpc, zones, specs or ()) if explicit else _even(vpc, block, zones, specs, zone_mask)
    _check_overlaps(planned)
    return planned


def made(planned: Sequence[PlannedSubnet]) -> list[PlannedSubnet]:
    """The subnets to make, in awsx's order: zone by zone, public before private before isolated."""
    return sorted(
        (subnet for subnet in planned if subnet.type != UNUSED), key=lambda subnet: (subnet.zone, _ORDER[subnet.type])
    )


def layout(
    cidr: str, zones: int, specs: Sequence[SubnetSpec] | None, zone_mask: int | None = None
) -> list[dict[str, Any]]:
    """Awsx's ``subnetLayout`` output: the specs with mask and size worked out where they were given."""
    if specs is None:
        mask = zone_mask or network(cidr, "cidrBlock").prefixlen + _bits(zones)
        return [{"type": spec.type, "cidrMask": spec.cidr_mask} for spec in _default_specs(mask)]
    rows = []
    for index, spec in enumerate(specs):
        row: dict[str, Any] = {"type": spec.type}
        if spec.name is not None:
            row["name"] = spec.name
        if spec.cidr_blocks is not None:
            row["cidrBlocks"] = list(spec.cidr_blocks)
        own_mask = _mask(spec, index)
        if own_mask is not None and spec.cidr_blocks is None:
            row |= {"cidrMask": own_mask, "size": 2 ** (32 - own_mask)}
        rows.append(row)
    return rows


def check_gaps(cidr: str, planned: Sequence[PlannedSubnet]) -> None:
    """With strategy Exact, the parts must cover the VPC from its first address to its last, in their order."""
    block = network(cidr, "cidrBlock")
    expected = block.network_address
    for subnet in planned:
        if subnet.cidr.network_address != expected:
            raise LayoutError(
                "subnetSpecs",
                f"there is a gap before {subnet.name} ({subnet.cidr}); fill it with an `Unused` spec or set Auto",
            )
        expected = subnet.cidr.broadcast_address + 1
    if expected != block.broadcast_address + 1:
        raise LayoutError(
            "subnetSpecs",
            f"the subnets end at {expected - 1}, the VPC at {block.broadcast_address}; add an `Unused` spec or set Auto",
        )


def network(text: str, path: str) -> IPv4Network:
    """A CIDR block; host bits are ignored, as awsx does."""
    try:
        return IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise LayoutError(path, f"{text!r} is not an IPv4 CIDR block such as 10.0.0.0/16 ({error})") from None


def _explicit(vpc: str, zones: int, specs: Sequence[SubnetSpec]) -> list[PlannedSubnet]:
    for index, spec in enumerate(specs):
        path = f"subnetSpecs[{index}].cidrBlocks"
        if spec.cidr_blocks is None:
            raise LayoutError(path, "if any subnet spec has explicit cidrBlocks, all must have them")
        if len(spec.cidr_blocks) != zones:
            raise LayoutError(
                path, f"{len(spec.cidr_blocks)} CIDR blocks for {zones} availability zones; give one a zone"
            )
        blocks = [network(block, path) for block in spec.cidr_blocks]
        if spec.cidr_mask is not None and any(block.prefixlen != spec.cidr_mask for block in blocks):
            raise LayoutError(f"subnetSpecs[{index}].cidrMask", "cidrMask must match all cidrBlocks or be omitted")
        if spec.size is not None and any(block.num_addresses != spec.size for block in blocks):
            raise LayoutError(f"subnetSpecs[{index}].size", "size must match all cidrBlocks or be omitted")
    return [
        PlannedSubnet(
            name=f"{vpc}-{spec.role}-{zone + 1}",
            type=spec.type,
            zone=zone,
            cidr=network((spec.cidr_blocks or ())[zone], "subnetSpecs"),
            tags=spec.tags,
        )
        for zone in range(zones)
        for spec in specs
    ]


def _even(
    vpc: str, block: IPv4Network, zones: int, specs: Sequence[SubnetSpec] | None, zone_mask: int | None
) -> list[PlannedSubnet]:
    """An equal share of the VPC for every zone, the subnets one after the other in it, each aligned to its size."""
    mask = zone_mask or block.prefixlen + _bits(zones)
    specs = _default_specs(mask) if specs is None else specs
    share = mask + _bits(len(specs))
    masks = [_mask(spec, index) or share for index, spec in enumerate(specs)]
    wanted, available = sum(2 ** (32 - each) for each in masks), 2 ** (32 - mask)
    if wanted > available:
        raise LayoutError(
            "subnetSpecs", f"the subnets of a zone need {wanted} addresses, its share of {block} has {available}"
        )
    planned = []
    for zone in range(zones):
        last = block.network_address + zone * available - 1
        for spec, each in zip(specs, masks, strict=True):
            cidr = _next_aligned(last, each)
            last = cidr.broadcast_address
            planned.append(
                PlannedSubnet(
                    name=f"{vpc}-{spec.role}-{zone + 1}", type=spec.type, zone=zone, cidr=cidr, tags=spec.tags
                )
            )
    return planned


def _next_aligned(last: IPv4Address, mask: int) -> IPv4Network:
    size = 2 ** (32 - mask)
    return IPv4Network(((int(last) // size + 1) * size, mask))


def _default_specs(zone_mask: int) -> list[SubnetSpec]:
    if zone_mask > _SMALLEST_DEFAULT_ZONE:
        raise LayoutError("cidrBlock", f"a zone's share is a /{zone_mask}; awsx's default subnets need at least a /26")
    mask = max(zone_mask, _LARGEST_DEFAULT_ZONE)
    return [SubnetSpec(type=PRIVATE, cidr_mask=mask + 1), SubnetSpec(type=PUBLIC, cidr_mask=mask + 2)]


def _mask(spec: SubnetSpec, index: int) -> int | None:
    if spec.size is None:
        return spec.cidr_mask
    mask = 32 - int(math.log2(spec.size)) if spec.size > 0 else 0
    if spec.size < 4 or 2 ** (32 - mask) != spec.size:
        raise LayoutError(f"subnetSpecs[{index}].size", f"size {spec.size} is not a power of two from 4 on")
    if spec.cidr_mask is not None and spec.cidr_mask != mask:
        raise LayoutError(
            f"subnetSpecs[{index}].size", f"size {spec.size} is a /{mask}, cidrMask says /{spec.cidr_mask}"
        )
    return mask


def _bits(count: int) -> int:
    return math.ceil(math.log2(count)) if count else 0


def _check_overlaps(planned: Sequence[PlannedSubnet]) -> None:
    for index, one in enumerate(planned):
        for other in planned[index + 1 :]:
            if one.cidr.overlaps(other.cidr):
                raise LayoutError(
                    "subnetSpecs", f"{one.name} ({one.cidr}) and {other.name} ({other.cidr}) overlap; separate them"
                )
