"""The cluster that stands against the settings."""

from dataclasses import replace
from typing import Any

import pytest

from preflight.checks.cluster import check
from preflight.finding import Finding
from tests.preflight.fakes import FakeCloud, subject


def found(runs: str = "1.35", zones: str = "ab", status: str = "ACTIVE", version: str = "1.35") -> list[Finding]:
    answers: dict[str, Any] = {
        "describe_cluster": {
            "cluster": {
                "name": "llm-dev",
                "version": runs,
                "status": status,
                "resourcesVpcConfig": {"subnetIds": [f"subnet-{letter}" for letter in zones]},
            }
        },
        "describe_subnets": {"Subnets": [{"AvailabilityZone": f"us-east-1{letter}"} for letter in zones]},
    }
    plan = subject()
    assert plan.cluster
    return list(check(replace(plan, cluster=replace(plan.cluster, version=version)), FakeCloud(**answers)))


def test_one_that_fits_is_good() -> None:
    assert found() == []
    assert found(runs="1.34") == []
    assert list(check(subject(), FakeCloud())) == []


@pytest.mark.parametrize("zones", ["abc", "bc", "a"])
def test_another_set_of_zones_is_refused(zones: str) -> None:
    (one,) = found(zones=zones)
    assert one.refuses
    assert one.where == "network.zones"
    assert f"set [{', '.join(zones)}] again" in one.message


def test_a_version_behind_the_one_that_runs_is_warned_of() -> None:
    (one,) = found(runs="1.36")
    assert not one.refuses
    assert 'the cluster runs 1.36: EKS takes no version back; set "1.36"' in one.message


def test_more_than_one_minor_is_refused() -> None:
    (one,) = found(runs="1.33")
    assert one.refuses
    assert 'EKS moves one minor at a time, set "1.34"' in one.message


def test_a_failed_cluster_is_named_with_the_way_out() -> None:
    (one,) = found(status="FAILED")
    assert one.level == "error"
    assert "aws eks delete-cluster --region us-east-1 --name llm-dev" in one.message
