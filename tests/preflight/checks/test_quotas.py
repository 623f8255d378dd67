"""Quotas against what pools begin with and grow to."""

from typing import Any

import pytest

from preflight.checks.quotas import check, needs, upgrade_surge
from preflight.cloud import GoneError
from tests.preflight.fakes import SYSTEM, FakeCloud, burst, pool, quota, subject


def test_pools_of_one_quota_are_added_up_and_spot_apart() -> None:
    pools = [
        pool("a", desired=2, max=3),
        pool("b", instance_types=("g6e.12xlarge",), desired=2, max=3),
        pool("c", spot=True, desired=1, max=2),
    ]
    found = {one.code: need for one, need in needs({one.name: one for one in pools}).items()}
    assert found["L-DB2E81BA"].pools == ("a", "b")
    assert (found["L-DB2E81BA"].start, found["L-DB2E81BA"].most) == (2 * 8 + 2 * 48, 3 * 8 + 3 * 48)
    assert (found["L-3819A6DF"].start, found["L-3819A6DF"].most) == (8, 16)


def test_a_pool_of_several_types_begins_small_and_may_grow_large() -> None:
    (need,) = needs({"g5": pool(instance_types=("g5.8xlarge", "g5.2xlarge"), desired=1, max=2)}).values()
    assert (need.start, need.most) == (8, 2 * 32)


@pytest.mark.parametrize(
    ("changes", "nodes"),
    [
        ({}, 0),
        ({"kind": "cpu", "update_strategy": "minimal"}, 0),
        ({"update_strategy": "default"}, 4),
        ({"kind": "cpu", "update_strategy": "default"}, 4),
        ({"kind": "system", "update_strategy": "default", "zones": ("a", "b", "c")}, 6),
    ],
)
def test_an_upgrade_adds_twice_the_zones_but_under_the_minimal_strategy(changes: dict[str, Any], nodes: int) -> None:
    assert upgrade_surge(pool(**changes)) == nodes


def found(limit: float, *pools):
    return list(check(subject(*pools), FakeCloud(get_service_quota=quota(limit))))


def test_a_quota_below_the_first_nodes_is_an_error_with_the_command() -> None:
    (one,) = found(15, pool(desired=2, max=3))
    assert (one.level, one.refuses, one.where) == ("error", False, "quota L-DB2E81BA")
    assert "allows 15 vCPUs" in one.message
    assert "pool g5 begins with 16" in one.message
    assert "--quota-code L-DB2E81BA --desired-value 24" in one.message


def test_a_quota_below_the_largest_size_is_a_warning() -> None:
    (one,) = found(16, pool(desired=2, max=3))
    assert one.level == "warning"
    assert "may grow to 24" in one.message
    assert found(24, pool(desired=2, max=3)) == []


def test_the_upgrade_of_the_system_pool_counts() -> None:
    (one,) = found(31, SYSTEM)
    assert "may grow to 32, upgrades included" in one.message
    assert found(32, SYSTEM) == []


def test_a_quota_nobody_ever_raised_has_aws_default() -> None:
    cloud = FakeCloud(get_service_quota=GoneError("none"), get_aws_default_service_quota=quota(0))
    (one,) = check(subject(pool()), cloud)
    assert "allows 0 vCPUs" in one.message
    assert list(check(subject(pool()), FakeCloud(get_service_quota=GoneError("none")))) == []


def test_a_quota_without_a_value_is_not_known() -> None:
    (one,) = check(subject(pool()), FakeCloud(get_service_quota={"Quota": {"QuotaCode": "L-DB2E81BA", "Value": None}}))
    assert (one.level, one.where) == ("warning", "quota L-DB2E81BA")
    assert "does not report the value" in one.message
    assert list(check(subject(pool()), FakeCloud(get_service_quota={"Quota": {}}))) == [one]


def codes(pools: Any) -> dict[str, tuple[int, int]]:
    """Start and most by quota."""
    return {one.code: (need.start, need.most) for one, need in needs({one.name: one for one in pools}).items()}


def test_a_pool_of_karpenter_counts_under_both_quotas_with_a_node_over_its_limits() -> None:
    assert codes([burst("spot", "on_demand")]) == {"L-DB2E81BA": (0, 64), "L-3819A6DF": (0, 64)}
    assert codes([burst("reserved")]) == codes([burst("on_demand")]) == {"L-DB2E81BA": (8, 64)}
    assert codes([burst("spot"), pool(desired=1, max=2)]) == {"L-3819A6DF": (8, 64), "L-DB2E81BA": (8, 16)}


def test_a_quota_below_the_limits_is_a_warning() -> None:
    first, second = found(63, burst("spot", "on_demand"))
    assert {first.level, second.level} == {"warning"}
    assert "pool burst may grow to 64, upgrades and a node over the limits included" in first.message
    assert found(64, burst("spot", "on_demand")) == []


def test_first_nodes_that_no_quota_allows_are_an_error() -> None:
    errors = [one for one in found(7, burst("spot", "on_demand")) if one.level == "error"]
    assert [one.where for one in errors] == ["pools.burst"]
    assert "7 by L-3819A6DF, 7 by L-DB2E81BA" in errors[0].message
    cloud = FakeCloud(get_service_quota=lambda **given: quota(100 if given["QuotaCode"] == "L-DB2E81BA" else 0))
    assert [one.level for one in check(subject(burst("spot", "on_demand")), cloud)] == ["warning"]
