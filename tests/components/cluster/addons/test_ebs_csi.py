from functools import cache

import pytest

from tests.components.builders import TAGS, cluster, document
from tests.harness import Deployment


@cache
def deployed() -> Deployment:
    return cluster()


def test_a_default_storage_class_is_made_where_it_is_set():
    made = cluster(default_storage_class=True).one("eks:index:Addon", "llm-aws-ebs-csi-driver").inputs
    assert made["configurationValues"]["defaultStorageClass"] == {"enabled": True}
    without = deployed().one("eks:index:Addon", "llm-aws-ebs-csi-driver").inputs
    assert "defaultStorageClass" not in without["configurationValues"]


def test_volumes_of_pods_have_the_tags_of_the_stack():
    made = deployed().one("eks:index:Addon", "llm-aws-ebs-csi-driver").inputs
    assert made["configurationValues"] == {"controller": {"extraVolumeTags": TAGS}}


@pytest.mark.parametrize(
    "key", ["kubernetes.io/team", "ebs.csi.aws.com/team", "CSIVolumeName", "KubernetesCluster", "a=b"]
)
def test_a_tag_that_the_driver_has_or_would_split_is_not_given(key):
    made = cluster(tags={**TAGS, key: "x"}).one("eks:index:Addon", "llm-aws-ebs-csi-driver").inputs
    assert made["configurationValues"]["controller"]["extraVolumeTags"] == TAGS


def test_the_ebs_driver_has_a_role_of_its_own():
    made = deployed().one("eks:index:Addon", "llm-aws-ebs-csi-driver")
    assert made.inputs["serviceAccountRoleArn"].endswith(":llm-ebs-csi")
    trust = document(deployed().one("aws:iam/role:Role", "llm-ebs-csi"), "assumeRolePolicy")["TrustServiceAccount"]
    assert trust["Condition"]["StringEquals"] == {
        "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:sub": "system:serviceaccount:kube-system:ebs-csi-controller-sa",
        "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:aud": "sts.amazonaws.com",
    }
