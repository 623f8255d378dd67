import json
from functools import cache
from typing import Any

from tests.components.builders import BOUNDARY, document, karpenter

EC2 = "arn:aws:ec2:us-east-1:123456789012:"
OWNED = {"aws:ResourceTag/kubernetes.io/cluster/llm-dev": "owned"}
TAGGED = {"aws:RequestTag/kubernetes.io/cluster/llm-dev": "owned", "aws:RequestTag/eks:eks-cluster-name": "llm-dev"}
INLINE_POLICY_BYTES = 10_240
"""The most that the inline policies of a role may have together (IAM quotas)."""


@cache
def statements() -> dict[str, dict[str, Any]]:
    return document(karpenter().one("aws:iam/rolePolicy:RolePolicy", "llm-karpenter"))


def test_no_action_is_a_wildcard_and_none_makes_instance_profiles_or_roles() -> None:
    actions = {action for one in statements().values() for action in one["Action"]}
    assert not [action for action in actions if "*" in action]
    assert {action for action in actions if action.startswith("iam:")} == {
        "iam:GetInstanceProfile",
        "iam:ListInstanceProfiles",
        "iam:PassRole",
    }


def test_what_is_launched_must_carry_the_clusters_tags() -> None:
    created = statements()["CreateTagged"]
    assert created["Condition"]["StringEquals"] == TAGGED
    assert created["Condition"]["StringLike"] == {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    kinds = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
    assert created["Resource"] == [f"{EC2}{kind}/*" for kind in kinds]
    tags = statements()["TagOnCreation"]
    assert tags["Resource"] == created["Resource"]
    assert tags["Condition"]["StringEquals"] == {
        **TAGGED,
        "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
    }


def test_launches_use_shared_things_of_the_region_and_own_templates() -> None:
    shared = statements()["LaunchWithShared"]
    assert "Condition" not in shared
    assert set(shared["Resource"]) == {
        "arn:aws:ec2:us-east-1::image/*",
        "arn:aws:ec2:us-east-1::snapshot/*",
        f"{EC2}security-group/*",
        f"{EC2}subnet/*",
        f"{EC2}placement-group/*",
        "arn:aws:ec2:us-east-1:*:capacity-reservation/*",
    }
    assert statements()["LaunchFromTemplates"]["Condition"]["StringEquals"] == OWNED


def test_only_what_the_cluster_owns_is_tagged_later_or_deleted() -> None:
    delete, later = statements()["Delete"], statements()["TagInstances"]
    assert set(delete["Action"]) == {"ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"}
    assert delete["Condition"] == {"StringEquals": OWNED, "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"}}
    assert later["Condition"]["StringEquals"] == OWNED
    assert later["Condition"]["ForAllValues:StringEquals"] == {
        "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
    }


def test_everything_on_every_resource_only_reads() -> None:
    wide = {action for one in statements().values() if one["Resource"] == ["*"] for action in one["Action"]}
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in wide)
    assert statements()["ReadRegion"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}


def test_it_passes_the_node_role_to_ec2_alone_and_reads_its_own_queue_and_cluster() -> None:
    passed = statements()["PassNodeRole"]
    assert [arn.rpartition(":")[2] for arn in passed["Resource"]] == ["llm-karpenter-nodes"]
    assert passed["Condition"]["StringEquals"]["iam:PassedToService"] == ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
    assert [arn.rpartition(":")[2] for arn in statements()["ReceiveInterruptions"]["Resource"]] == [
        "llm-karpenter-interruptions"
    ]
    assert statements()["ReadCluster"]["Resource"] == ["arn:aws:eks:us-east-1:123456789012:cluster/llm-dev"]


def test_it_may_look_for_a_profile_that_is_not_there_or_no_node_class_is_ever_deleted() -> None:
    (profiles,) = statements()["ReadInstanceProfiles"]["Resource"]
    assert profiles == "arn:aws:iam::123456789012:instance-profile/*"


def test_it_fits_into_a_role() -> None:
    text = karpenter().one("aws:iam/rolePolicy:RolePolicy", "llm-karpenter").inputs["policy"]
    assert len("".join(text.split())) < INLINE_POLICY_BYTES


def test_one_service_account_may_take_the_role() -> None:
    role = karpenter().one("aws:iam/role:Role", "llm-karpenter").inputs
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    subjects = {key.rpartition(":")[2]: value for key, value in trust["Condition"]["StringEquals"].items()}
    assert subjects == {"sub": "system:serviceaccount:kube-system:karpenter", "aud": "sts.amazonaws.com"}
    assert role["permissionsBoundary"] == BOUNDARY
