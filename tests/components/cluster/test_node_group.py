"""Node groups, as what watches them knows them."""

from typing import Any

import pulumi
import pulumi_eks as eks

from components.cluster.node_group import scaling_group
from tests.harness import deploy


def test_the_scaling_group_of_a_node_group_is_the_one_that_eks_makes() -> None:
    def program() -> None:
        cluster: Any = "llm-dev"
        pulumi.export("group", scaling_group(eks.ManagedNodeGroup("system", cluster=cluster)))

    assert deploy(program).exports == {"group": "eks-of-a-pool"}
