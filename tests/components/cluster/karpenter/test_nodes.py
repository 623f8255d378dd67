import json

from tests.components.builders import BOUNDARY, KARPENTER_POOLS, cluster, karpenter


def policies(run, role: str) -> set[str]:
    attached = [one for one in run.of_type("RolePolicyAttachment") if one.inputs["role"].startswith(f"{role}-0")]
    return {one.inputs["policyArn"] for one in attached}


def test_nodes_have_a_role_of_their_own_with_the_policies_of_every_node() -> None:
    made = karpenter()
    role = made.one("aws:iam/role:Role", "llm-karpenter-nodes").inputs
    assert json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert role["permissionsBoundary"] == BOUNDARY
    assert policies(made, "llm-karpenter-nodes") == policies(made, "llm-nodes") != set()
    with_shell = cluster(pools=KARPENTER_POOLS, session_manager=True)
    assert any("SSM" in arn for arn in policies(with_shell, "llm-karpenter-nodes"))


def test_the_instance_profile_has_the_role() -> None:
    profile = karpenter().one("aws:iam/instanceProfile:InstanceProfile").inputs
    assert profile["role"] == "llm-karpenter-nodes-0123456"


def test_the_role_may_join_the_cluster() -> None:
    (entry,) = karpenter().of_type("aws:eks/accessEntry:AccessEntry")
    assert entry.inputs["type"] == "EC2_LINUX"
    assert entry.inputs["principalArn"].endswith(":llm-karpenter-nodes")
    assert entry.inputs["clusterName"] == "llm-eksCluster-id", "the id of an EKS cluster is its name"
    assert entry.property_depends_on["clusterName"], "so that it is deleted before the cluster"
