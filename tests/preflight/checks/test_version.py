"""What EKS offers for a new cluster."""

from dataclasses import replace

import pytest

from preflight.checks.version import check
from preflight.cloud import CloudError, DeniedError
from preflight.finding import Finding
from tests.preflight.fakes import FakeCloud, subject

OFFERED = {
    "clusterVersions": [
        {"clusterVersion": "1.36", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.35", "status": "standard-support", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.33", "versionStatus": "EXTENDED_SUPPORT"},
        {"clusterVersion": "1.28", "versionStatus": "UNSUPPORTED"},
    ]
}


def found(version: str, support: str = "STANDARD", **answers) -> list[Finding]:
    plan = subject()
    assert plan.cluster
    plan = replace(plan, cluster=replace(plan.cluster, version=version, support_type=support))
    return list(check(plan, FakeCloud(**{"describe_cluster_versions": OFFERED, **answers})))


def test_standard_support_is_good_and_extended_where_it_is_chosen() -> None:
    assert found("1.35") == []
    assert found("1.33", "EXTENDED") == []


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.33", 'set one of "1.35", "1.36", or'), ("1.28", "not offered by EKS"), ("1.37", "not offered by EKS")],
)
def test_what_eks_does_not_make_is_refused(version: str, words: str) -> None:
    (one,) = found(version)
    assert one.refuses
    assert words in one.message


def test_a_cluster_that_runs_is_not_judged() -> None:
    assert found("1.28", describe_cluster={"cluster": {"name": "llm-dev"}}) == []


def test_where_eks_does_not_tell_the_calendar_has_judged() -> None:
    assert found("1.28", describe_cluster_versions=CloudError("no such operation")) == []
    with pytest.raises(DeniedError):
        found("1.28", describe_cluster_versions=DeniedError("eks:DescribeClusterVersions"))


def test_the_deprecated_status_is_spelt_with_hyphens() -> None:
    old = {
        "clusterVersions": [
            {"clusterVersion": "1.35", "status": "standard-support"},
            {"clusterVersion": "1.33", "status": "extended-support"},
        ]
    }
    assert found("1.35", describe_cluster_versions=old) == []
    assert found("1.33", "EXTENDED", describe_cluster_versions=old) == []
    (one,) = found("1.33", describe_cluster_versions=old)
    assert 'set one of "1.35", or' in one.message


@pytest.mark.parametrize("status", ["SOMETHING_NEW", "UNSUPPORTED", ""])
def test_without_any_version_in_standard_support_nothing_is_refused(status: str) -> None:
    other = {"clusterVersions": [{"clusterVersion": "1.35", "versionStatus": status}]}
    assert found("1.35", describe_cluster_versions=other) == []
    assert found("1.36", describe_cluster_versions=other) == []
