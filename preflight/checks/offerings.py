"""Instance types: each is offered in the zones of its pool."""

from collections.abc import Iterator

from preflight.cloud import Cloud
from preflight.finding import Finding, refusal, warning
from preflight.subject import PoolPlan, Subject


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse a type that no zone of its pool offers; warn where some do not.

    Karpenter leaves out what is not offered, so its pool is refused only where none of its types is.
    """
    wanted = sorted({name for pool in subject.pools.values() for name in pool.instance_types})
    if not wanted:
        return
    offered: dict[str, set[str]] = {name: set() for name in wanted}
    filters = [{"Name": "instance-type", "Values": wanted}]
    for item in cloud.pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=filters,
    ):
        offered.setdefault(item["InstanceType"], set()).add(item["Location"])
    if not any(offered.values()):
        yield warning(
            "pools", f"EC2 names no zone of {subject.region} that offers any of {', '.join(wanted)}: not checked"
        )
        return
    for pool in subject.pools.values():
        yield from _of_pool(subject, pool, offered)


def _of_pool(subject: Subject, pool: PoolPlan, offered: dict[str, set[str]]) -> Iterator[Finding]:
    zones = {subject.zone_name(letter) for letter in pool.zones}
    for place, name in enumerate(pool.instance_types):
        where = f"pools.{pool.name}.instance_types[{place}]"
        there = sorted(zone.removeprefix(subject.region) for zone in offered[name])
        if not offered[name] & zones:
            elsewhere = f"zones {', '.join(there)} offer it" if there else f"no zone of {subject.region} offers it"
            report = warning if pool.karpenter and any(offered[one] & zones for one in pool.instance_types) else refusal
            yield report(
                where, f"{name} is not offered in zone {', '.join(pool.zones)}: {elsewhere}, or take another type"
            )
    covered = {zone for name in pool.instance_types for zone in offered[name]} & zones
    missing = sorted(zone.removeprefix(subject.region) for zone in zones - covered)
    if covered and missing:
        yield warning(
            f"pools.{pool.name}.zones",
            f"none of its instance types is offered in zone {', '.join(missing)}, so its nodes are in the others only: "
            f"set zones to [{', '.join(letter for letter in pool.zones if letter not in missing)}], or add another type",
        )
