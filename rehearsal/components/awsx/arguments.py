"""The inputs of ``awsx:ec2:Vpc``, checked as awsx checks them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pulumi

from rehearsal.components.awsx import subnets
from rehearsal.components.awsx.subnets import LayoutError, PlannedSubnet, SubnetSpec
from rehearsal.components.child import compact
from rehearsal.components.inputs import one_of, plain, reject_unknown

_DEFAULT_CIDR = "10.0.0.0/16"
_DEFAULT_ZONES = 3
_STRATEGIES = ("None", "Single", "OnePerAz")
_VPC_INPUTS = ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics", "instanceTenancy")
_KNOWN = (
    *_VPC_INPUTS,
    *("availabilityZoneNames", "numberOfAvailabilityZones", "availabilityZoneCidrMask", "cidrBlock", "natGateways"),
    *("subnetSpecs", "subnetStrategy", "tags", "vpcEndpointSpecs"),
)
_SPEC_INPUTS = ("type", "name", "cidrBlocks", "cidrMask", "size", "tags")
_ENDPOINT_INPUTS = (
    *("serviceName", "autoAccept", "policy", "privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds"),
    *("tags", "vpcEndpointType", "ipAddressType", "dnsOptions"),
)


@dataclass(frozen=True, kw_only=True)
class Nat:
    """How private subnets reach the internet; ``allocation_ids`` are Elastic IPs of one's own."""

    strategy: str
    allocation_ids: Sequence[pulumi.Input[str]] = ()


@dataclass(frozen=True, kw_only=True)
class VpcArguments:
    """The inputs that decide which children exist, and those that are passed on to them."""

    cidr: str
    zone_names: list[str] | None
    zones: int
    zone_mask: int | None
    specs: list[SubnetSpec] | None
    strategy: str
    nat: Nat
    tags: pulumi.Input[Mapping[str, Any] | None]
    endpoints: list[dict[str, Any]]
    vpc: dict[str, Any]

    @classmethod
    def read(cls, inputs: Mapping[str, Any]) -> Self:
        """Check the inputs of the component.

        Raises:
            LayoutError: a value cannot be.
            InputPropertyError: an input is unknown to the emulator, or is not a plain value.
        """
        reject_unknown("awsx", inputs, _KNOWN)
        names = plain(inputs, "availabilityZoneNames")
        count = plain(inputs, "numberOfAvailabilityZones")
        if names and count:
            raise LayoutError(
                "availabilityZoneNames",
                "only one of [availabilityZoneNames] and [numberOfAvailabilityZones] can be specified",
            )
        zones = len(names) if names else int(count or _DEFAULT_ZONES)
        specs = _specs(plain(inputs, "subnetSpecs"))
        strategy = one_of(inputs, "subnetStrategy", ("Auto", "Exact", "Legacy", "AutoMerge"), "Legacy")
        # Legacy, awsx's default, lays its own default subnets out as Auto does.
        if strategy == "AutoMerge" or (strategy == "Legacy" and specs is not None):
            raise LayoutError(
                "subnetStrategy",
                f"the rehearsal's awsx does not emulate strategy {strategy} (Legacy is awsx's default); set Auto",
            )
        cidr = plain(inputs, "cidrBlock", _DEFAULT_CIDR)
        mask = plain(inputs, "availabilityZoneCidrMask")
        return cls(
            cidr=cidr,
            zone_names=list(names) if names else None,
            zones=zones,
            zone_mask=None if mask is None else int(mask),
            specs=specs,
            strategy=strategy,
            nat=_nat(plain(inputs, "natGateways", {}), zones),
            tags=inputs.get("tags"),
            endpoints=_endpoints(plain(inputs, "vpcEndpointSpecs", [])),
            vpc=compact({"cidrBlock": cidr, **{key: inputs.get(key) for key in _VPC_INPUTS}}),
        )

    def plan(self, name: str) -> list[PlannedSubnet]:
        """The subnets of a VPC called ``name``.

        Raises:
            LayoutError: they do not fit, overlap, leave gaps that are not allowed, or leave NAT without a place.
        """
        planned = subnets.plan(name, self.cidr, self.zones, self.specs, self.zone_mask)
        if self.strategy == "Exact":
            subnets.check_gaps(self.cidr, planned)
        types = {subnet.type for subnet in planned}
        if self.nat.strategy != "None" and not {subnets.PUBLIC, subnets.PRIVATE} <= types:
            raise LayoutError(
                "natGateways.strategy",
                f"strategy {self.nat.strategy} needs public subnets for the NAT gateways and private subnets that use them; "
                "add them or set None",
            )
        return subnets.made(planned)

    def layout(self) -> list[dict[str, Any]]:
        """Awsx's ``subnetLayout`` output."""
        return subnets.layout(self.cidr, self.zones, self.specs, self.zone_mask)


def _specs(values: Sequence[Mapping[str, Any]] | None) -> list[SubnetSpec] | None:
    if values is None:
        return None
    specs = []
    for index, value in enumerate(values):
        at = f"subnetSpecs[{index}]."
        reject_unknown("awsx", value, _SPEC_INPUTS, at=at)
        if value.get("type") not in subnets.TYPES:
            raise LayoutError(f"{at}type", f"{value.get('type')!r} is not one of {', '.join(subnets.TYPES)}")
        blocks, mask, size = (value.get(key) for key in ("cidrBlocks", "cidrMask", "size"))
        specs.append(
            SubnetSpec(
                type=value["type"],
                name=value.get("name"),
                cidr_blocks=None if blocks is None else tuple(blocks),
                cidr_mask=None if mask is None else int(mask),
                size=None if size is None else int(size),
                tags=value.get("tags") or {},
            )
        )
    return specs


def _nat(value: Mapping[str, Any], zones: int) -> Nat:
    reject_unknown("awsx", value, ("strategy", "elasticIpAllocationIds"), at="natGateways.")
    strategy = one_of(value, "strategy", _STRATEGIES, "OnePerAz")
    ids = list(value.get("elasticIpAllocationIds") or ())
    allowed = {"None": 0, "Single": 1, "OnePerAz": zones}[strategy]
    if ids and len(ids) != allowed:
        raise LayoutError(
            "natGateways.elasticIpAllocationIds",
            f"{len(ids)} Elastic IPs for NAT strategy {strategy} over {zones} zones; give {allowed} or none",
        )
    return Nat(strategy=strategy, allocation_ids=ids)


def _endpoints(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    for index, value in enumerate(values):
        reject_unknown("awsx", value, _ENDPOINT_INPUTS, at=f"vpcEndpointSpecs[{index}].")
    return [dict(value) for value in values]
