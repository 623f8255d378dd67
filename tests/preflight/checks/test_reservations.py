"""Capacity reservations that pools name."""

from dataclasses import replace
from typing import Any

import pytest

from preflight.checks.reservations import check
from preflight.finding import Finding
from tests.preflight.fakes import SYSTEM, FakeCloud, burst, pool, subject

IDENT = "cr-0123456789abcdef0"
GOOD = {
    "CapacityReservationId": IDENT,
    "State": "active",
    "InstanceType": "g5.2xlarge",
    "AvailabilityZone": "us-east-1a",
}


def found(**changes: Any) -> list[Finding]:
    """Findings on a pool that names a reservation, which is as AWS has it."""
    plan = burst("reserved", "on_demand")
    assert plan.karpenter
    plan = replace(plan, karpenter=replace(plan.karpenter, reservations=(IDENT,)))
    answer = {"CapacityReservations": [{**GOOD, **changes}]}
    return list(check(subject(SYSTEM, plan), FakeCloud(describe_capacity_reservations=answer)))


def test_one_that_fits_is_good() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "refuses", "message"),
    [
        ({"CapacityReservationId": "cr-1"}, True, "is not a capacity reservation of this account in us-east-1"),
        ({"State": "expired"}, True, "is expired: name one that is active"),
        ({"InstanceType": "g5.48xlarge"}, False, "is of g5.48xlarge, which is not among instance_types"),
        ({"AvailabilityZone": "us-east-1f"}, False, "is in us-east-1f, where the pool has no nodes"),
    ],
)
def test_one_that_is_gone_or_does_not_fit_is_found(changes: dict[str, Any], refuses: bool, message: str) -> None:  # noqa: FBT001
    (one,) = found(**changes)
    assert (one.refuses, one.where) == (refuses, "pools.burst.capacity_reservations[0]")
    assert message in one.message


def test_nothing_is_looked_up_where_no_pool_names_any() -> None:
    cloud = FakeCloud()
    assert list(check(subject(SYSTEM, pool(), burst("spot")), cloud)) == []
    assert cloud.asked == []
