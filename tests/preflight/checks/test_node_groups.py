"""Failed node groups, and the command that mends them."""

import json
from typing import Any

import pytest

from preflight.checks.node_groups import check
from preflight.finding import Finding
from tests.harness import ROOT
from tests.preflight.fakes import FakeCloud, subject

ISSUE = {"code": "AsgInstanceLaunchFailures", "message": "Could not launch On-Demand Instances.\nVcpuLimitExceeded - 0"}


def group(status: str, *, labels: dict[str, str] | None = None) -> dict[str, Any]:
    labels = {"llm-platform/pool": "g5"} if labels is None else labels
    return {
        "nodegroupName": "llm-g5-1a2b3c",
        "clusterName": "llm-dev",
        "status": status,
        "labels": labels,
        "health": {"issues": [] if status == "ACTIVE" else [ISSUE]},
    }


def found(described: dict[str, Any]) -> list[Finding]:
    answers = {
        "describe_cluster": {"cluster": {"name": "llm-dev"}},
        "list_nodegroups": {"nodegroups": ["llm-g5-1a2b3c"]},
        "describe_nodegroup": {"nodegroup": described},
    }
    return list(check(subject(), FakeCloud(**answers)))


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_failed_group_is_an_error_with_cause_and_command(status: str) -> None:
    (one,) = found(group(status))
    assert (one.level, one.refuses, one.where) == ("error", False, "pools.g5")
    assert (
        f"is {status} (AsgInstanceLaunchFailures: Could not launch On-Demand Instances. VcpuLimitExceeded - 0)"
        in str(one)
    )
    assert one.message.endswith(
        "`pulumi up -s dev --policy-pack policies --policy-pack-config policies/config/dev.json "
        f"--replace '{subject().node_group_urn('g5')}'`"
    )


def test_a_degraded_group_is_a_warning() -> None:
    (one,) = found(group("DEGRADED"))
    assert one.level == "warning"
    assert "EKS tries again" in one.message


@pytest.mark.parametrize("status", ["ACTIVE", "CREATING", "UPDATING"])
def test_a_group_that_works_is_not_named(status: str) -> None:
    assert found(group(status)) == []


def test_a_group_of_no_pool_is_deleted_by_hand() -> None:
    (one,) = found(group("CREATE_FAILED", labels={}))
    assert one.where == "node group llm-g5-1a2b3c"
    assert "aws eks delete-nodegroup --region us-east-1 --cluster-name llm-dev" in one.message


def test_without_a_cluster_there_is_none() -> None:
    assert list(check(subject(), FakeCloud())) == []


def test_the_urn_is_the_one_the_engine_makes() -> None:
    """Types and parents as the goldens of the components have them, with the program's component above."""
    golden = json.loads((ROOT / "tests" / "goldens_components" / "graphs" / "platform_core.json").read_text())
    parents = {name: one["parent"] for name, one in golden["resources"].items() if "eks/nodeGroup:" in name}
    assert parents
    for name, parent in parents.items():
        assert parent.partition("::")[0] == "eks:index:ManagedNodeGroup"
        assert parent.partition("::")[2] == name.partition("::")[2]
    component = (ROOT / "tests" / "goldens" / "prod.urns").read_text()
    assert "::llm:cluster:GpuCluster$eks:index:ManagedNodeGroup::llm-g5" in component
    assert subject().node_group_urn("g5") == (
        "urn:pulumi:dev::llm-platform::llm:cluster:GpuCluster$eks:index:ManagedNodeGroup"
        "$aws:eks/nodeGroup:NodeGroup::llm-g5"
    )
