"""Which of EC2's quotas count an instance type."""

import pytest

from planner.catalog.instances import instance_types
from planner.catalog.quotas import ON_DEMAND, SPOT, quota_of, quotas_of


@pytest.mark.parametrize(
    ("name", "on_demand", "spot"),
    [
        ("m5.xlarge", ("L-1216C47A", "Standard/OnDemand"), ("L-34B43A08", "Standard/Spot")),
        ("r7i.large", ("L-1216C47A", "Standard/OnDemand"), ("L-34B43A08", "Standard/Spot")),
        ("g4dn.xlarge", ("L-DB2E81BA", "G/OnDemand"), ("L-3819A6DF", "G/Spot")),
        ("g6e.12xlarge", ("L-DB2E81BA", "G/OnDemand"), ("L-3819A6DF", "G/Spot")),
        ("gr6.4xlarge", ("L-DB2E81BA", "G/OnDemand"), ("L-3819A6DF", "G/Spot")),
        ("p4d.24xlarge", ("L-417A185B", "P/OnDemand"), ("L-7212CCBC", "P/Spot")),
        ("p5.48xlarge", ("L-417A185B", "P/OnDemand"), ("L-C4BD4855", None)),
    ],
)
def test_each_family_has_its_quota(name: str, on_demand: tuple[str, str], spot: tuple[str, str | None]) -> None:
    for bought, expected in ((False, on_demand), (True, spot)):
        quota = quota_of(name, spot=bought)
        assert (quota.code, quota.usage_class) == expected


def test_every_type_a_pool_may_have_has_one() -> None:
    known = {*ON_DEMAND.values(), *SPOT.values()}
    assert {quota_of(name, spot=spot) for name in instance_types() for spot in (True, False)} <= known


def test_reserved_nodes_are_on_demand_to_a_quota() -> None:
    assert quotas_of(["g5.xlarge", "m5.large"], ["reserved", "on_demand"]) == {ON_DEMAND["g"], ON_DEMAND["standard"]}
    assert quotas_of(["g5.xlarge"], ["reserved", "spot"]) == {ON_DEMAND["g"], SPOT["g"]}
