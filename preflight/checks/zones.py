"""Zones: they exist in this account, and EKS takes subnets in them.

EKS excludes zones by *id*; which letter that is differs from account to account. Source: EKS User Guide, "Subnet
requirements for clusters" (network-reqs), table of disallowed zone ids.
"""

from collections.abc import Iterator, Mapping

from preflight.cloud import Cloud
from preflight.finding import Finding, refusal, warning
from preflight.subject import Subject
from settings.derived.address_plan import ZONE_LETTERS, ZONES_OFTEN_WITHOUT_EKS

EXCLUDED = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})


_WORKS = frozenset({"available", "information"})
"""States of a zone (EC2 API reference, AvailabilityZone); the others are impaired, constrained and unavailable."""


def zones_of(cloud: Cloud) -> Mapping[str, Mapping[str, str]]:
    """Each zone of the region that the account has, by name, in whatever state it is."""
    answer = cloud.ask(
        "ec2", "describe_availability_zones", Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    return {zone["ZoneName"]: zone for zone in answer["AvailabilityZones"]}


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse zones that the account does not have, or that EKS excludes; warn of an outage."""
    if not subject.zones:
        return
    zones = zones_of(cloud)
    ids = {name: zone["ZoneId"] for name, zone in zones.items()}
    good = sorted(name.removeprefix(subject.region) for name, ident in ids.items() if ident not in EXCLUDED)
    choose = f"choose from {', '.join(good)}"
    for place, letter in enumerate(subject.zones):
        name, where = subject.zone_name(letter), f"network.zones[{place}]"
        if name not in ids:
            yield refusal(where, f"{name} is not there in this account: {choose}")
        elif ids[name] in EXCLUDED:
            yield refusal(where, f"{name} is {ids[name]} in this account, where EKS takes no subnets: {choose}")
        elif (state := zones[name].get("State", "available")) not in _WORKS:
            yield warning(
                where,
                f"EC2 reports {name} as {state}: what must be made there may fail; wait until it is available again",
            )


def guess(subject: Subject) -> Iterator[Finding]:
    """Without credentials: warn of letters that most accounts lack, or cannot use."""
    known = ZONE_LETTERS.get(subject.region)
    for place, letter in enumerate(subject.zones):
        name, where = subject.zone_name(letter), f"network.zones[{place}]"
        if known and letter not in known:
            yield warning(where, f"{name} is not there in most accounts: they have {', '.join(known)}")
        elif name in ZONES_OFTEN_WITHOUT_EKS:
            yield warning(
                where, f"in many accounts {name} is the zone where EKS takes no subnets: check it, or choose another"
            )
