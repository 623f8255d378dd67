"""Capacity reservations that Karpenter pools name: each exists, is active, and is of a type and zone of its pool.

An EC2NodeClass whose reservations are not found launches nothing from them, and says so in the cluster only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.cloud import Cloud
from preflight.finding import Finding, refusal, warning
from preflight.subject import PoolPlan, Subject


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse a reservation that the account does not have here or that is over; warn of one that its pool cannot use."""
    named = [pool for pool in subject.pools.values() if pool.karpenter and pool.karpenter.reservations]
    if not named:
        return
    found = {
        one["CapacityReservationId"]: one
        for one in cloud.pages("ec2", "describe_capacity_reservations", "CapacityReservations")
    }
    for pool in named:
        for place, ident in enumerate(pool.karpenter.reservations if pool.karpenter else ()):
            where = f"pools.{pool.name}.capacity_reservations[{place}]"
            reservation = found.get(ident)
            if reservation is None:
                yield refusal(where, f"{ident} is not a capacity reservation of this account in {subject.region}")
            elif reservation.get("State") != "active":
                yield refusal(where, f"{ident} is {reservation.get('State')}: name one that is active, or omit it")
            elif problem := _misfit(subject, pool, reservation):
                yield warning(where, f"{ident} is {problem}, so no node of the pool uses it")


def _misfit(subject: Subject, pool: PoolPlan, reservation: Mapping[str, Any]) -> str | None:
    machine, zone = reservation.get("InstanceType"), reservation.get("AvailabilityZone")
    if machine not in pool.instance_types:
        return f"of {machine}, which is not among instance_types"
    if zone not in {subject.zone_name(letter) for letter in pool.zones}:
        return f"in {zone}, where the pool has no nodes"
    return None
