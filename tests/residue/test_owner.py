from dataclasses import replace

import pytest

from residue.owner import as_mapping, made_for
from tests.residue.account import OTHER, OWN, OWNER


def test_own_tags_are_both_needed() -> None:
    assert OWNER.found_by(as_mapping(OWN)) == "tag stack=dev"
    assert OWNER.found_by(as_mapping(OTHER)) is None
    assert OWNER.found_by({"stack": "dev"}) is None  # another project may have a stack of that name


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"elbv2.k8s.aws/cluster": "llm-dev"}, "tag elbv2.k8s.aws/cluster=llm-dev"),
        ({"KubernetesCluster": "llm-dev"}, "tag KubernetesCluster=llm-dev"),
        ({"kubernetes.io/cluster/llm-dev": "owned"}, "tag kubernetes.io/cluster/llm-dev=owned"),
        ({"kubernetes.io/cluster/llm-dev": "shared"}, None),
        ({"eks:eks-cluster-name": "llm-dev", "karpenter.sh/nodepool": "g5"}, "tag eks:eks-cluster-name=llm-dev"),
        ({"karpenter.k8s.aws/cluster": "llm-dev"}, "tag karpenter.k8s.aws/cluster=llm-dev"),
        ({"karpenter.sh/nodepool": "g5"}, None),
        ({"eks:cluster-name": "llm-dev-2"}, None),
    ],
)
def test_controllers_mark_what_they_make(tags: dict[str, str], found: str | None) -> None:
    assert OWNER.found_by(tags) == found


def test_a_team_stack_has_no_cluster() -> None:
    team = replace(OWNER, stack="research", cluster=None)
    assert team.found_by({"eks:cluster-name": "llm-dev"}) is None


def test_kms_spells_its_tags_otherwise() -> None:
    assert as_mapping([{"TagKey": "stack", "TagValue": "dev"}]) == {"stack": "dev"}


def test_a_load_balancer_names_the_service_it_was_made_for() -> None:
    assert (
        made_for({"Tags": [{"Key": "service.k8s.aws/stack", "Value": "dev-search/qwen"}]})
        == "of Service dev-search/qwen"
    )
    assert made_for({"Tags": OWN}) == made_for({}) == ""
