"""A key of one's own for volumes: where it is named, and who may use it."""

from functools import cache
from typing import Any

import pytest

from components.cluster.volume_key import GRANTED
from tests.components.builders import KARPENTER_POOLS, POOLS, cluster, document
from tests.deployment import Deployment

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
FORMER = KEY.replace("11111111", "99999999")
EBS_ROLE, KARPENTER_ROLE = "llm-ebs-csi", "llm-karpenter"
POLICY = "aws:iam/rolePolicy:RolePolicy"


@cache
def with_key() -> Deployment:
    return cluster(pools={**KARPENTER_POOLS, "g5": POOLS["g5"]}, volume_key=KEY)


def ebs(made: Any) -> dict[str, Any]:
    (mapping,) = made["blockDeviceMappings"]
    return dict(mapping["ebs"])


def test_nodes_of_both_kinds_have_it() -> None:
    templates = with_key().of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert len(templates) == 2
    assert all(ebs(one.inputs)["kmsKeyId"] == KEY and ebs(one.inputs)["encrypted"] == "true" for one in templates)
    classes = with_key().of_type("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
    assert len(classes) == 2
    assert all(ebs(one.inputs["spec"])["kmsKeyID"] == KEY for one in classes)


def test_auto_scaling_is_granted_it_before_any_node_group() -> None:
    grant = with_key().one("aws:kms/grant:Grant")
    assert grant.inputs["keyId"] == KEY
    assert grant.inputs["granteePrincipal"] == (
        "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    )
    assert grant.inputs["operations"] == [*GRANTED]
    assert not grant.depends_on, "it is made with the first resources, for it takes minutes to hold"
    groups = with_key().of_type("eks:index:ManagedNodeGroup")
    assert len(groups) == 2
    assert all(grant.urn in one.depends_on for one in groups)


@pytest.mark.parametrize("role", [EBS_ROLE, KARPENTER_ROLE])
def test_roles_use_it_through_ec2_and_lend_it_to_aws_only(role: str) -> None:
    statements = document(with_key().one(POLICY, role))
    use, lend = statements["UseVolumeKeys"], statements["LendVolumeKeys"]
    through = {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}
    assert use["Resource"] == lend["Resource"] == [KEY]
    assert use["Condition"] == {"StringEquals": through}
    assert lend["Condition"] == {"StringEquals": through, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert lend["Action"] == ["kms:CreateGrant"]
    assert set(use["Action"]) == {
        f"kms:{one}"
        for one in ("Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")
    }


def test_the_driver_keeps_the_keys_of_volumes_that_are_there() -> None:
    both = document(cluster(volume_key=KEY, former_volume_keys=[FORMER, KEY]).one(POLICY, EBS_ROLE))
    assert both["UseVolumeKeys"]["Resource"] == [KEY, FORMER]
    taken_back = cluster(former_volume_keys=[FORMER])
    assert document(taken_back.one(POLICY, EBS_ROLE))["LendVolumeKeys"]["Resource"] == [FORMER]
    assert not taken_back.of_type("aws:kms/grant:Grant"), "no node is launched with a former key"


def test_without_it_nothing_names_a_key() -> None:
    without = cluster(pools=KARPENTER_POOLS)
    assert not without.of_type("aws:kms/grant:Grant")
    assert "kmsKeyId" not in ebs(without.of_type("aws:ec2/launchTemplate:LaunchTemplate")[0].inputs)
    assert not [one for one in without.of_type(POLICY) if one.name == EBS_ROLE]
    assert not {"UseVolumeKeys", "LendVolumeKeys"} & set(document(without.one(POLICY, KARPENTER_ROLE)))
    assert all(
        "kmsKeyID" not in ebs(one.inputs["spec"])
        for one in without.of_type("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
    )
