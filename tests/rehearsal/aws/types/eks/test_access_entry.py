"""Access entries of nodes."""

from tests.rehearsal.aws.scene import Scene


def test_eks_sets_user_and_groups_of_nodes(stack):
    scene = Scene(stack)
    made = stack.create(
        "aws:eks/accessEntry:AccessEntry",
        "nodes",
        clusterName=scene.cluster().id,
        principalArn=scene.role()["arn"],
        type="EC2_LINUX",
    )
    assert made["userName"] == "system:node:{{EC2PrivateDNSName}}"
    assert made["kubernetesGroups"] == ["system:nodes"]
    assert made.read().outputs == made.outputs
