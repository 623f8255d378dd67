import pytest

from residue.finders.cluster import find
from tests.residue.account import context


def test_node_groups_come_before_their_cluster() -> None:
    found = list(
        find(
            context(
                describe_cluster={"cluster": {"version": "1.35", "status": "ACTIVE"}},
                list_nodegroups={"nodegroups": ["llm-g5-1"]},
            )
        )
    )
    assert [one.kind for one in found] == ["EKS node group", "EKS cluster"]
    assert found[1].usd_per_month == pytest.approx(73.0)


def test_no_cluster_is_nothing() -> None:
    assert list(find(context())) == []
