"""Node groups in other regions and partitions: what the tables of moto lack is accepted."""

import pytest

from rehearsal.aws.provider import AwsProvider
from rehearsal.plugins.errors import ProviderError
from tests.rehearsal.aws.cases import CASES
from tests.rehearsal.aws.conftest import Stack
from tests.rehearsal.aws.scene import Scene

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


class Elsewhere(Scene):
    """The scene in another region."""

    def __init__(self, stack: Stack, region: str) -> None:
        super().__init__(stack)
        self.region = region

    def once(self, kind, name, **inputs):
        if "availabilityZone" in inputs:
            inputs["availabilityZone"] = f"{self.region}{inputs['availabilityZone'][-1]}"
        return super().once(kind, name, **inputs)


@pytest.fixture
def elsewhere(sandbox):
    stacks = []

    def make(region: str) -> Elsewhere:
        provider = AwsProvider(sandbox)
        provider.configure({"region": region})
        stacks.append(Stack(provider))
        return Elsewhere(stacks[-1], region)

    yield make
    for stack in stacks:
        stack.destroy()


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")])
def test_nodes_join_where_their_type_is_known_and_where_nothing_is(elsewhere, region, partition):
    scene = elsewhere(region)
    inputs, _ = CASES[NODE_GROUP](scene)
    made = scene.stack.create(NODE_GROUP, "it", **inputs)
    assert made["arn"].startswith(f"arn:{partition}:eks:{region}:")


def test_a_type_that_a_known_region_does_not_offer_is_refused(elsewhere):
    scene = elsewhere("eu-west-1")
    inputs, _ = CASES[NODE_GROUP](scene)
    with pytest.raises(ProviderError, match=r"instance type g9\.huge is not offered in eu-west-1"):
        scene.stack.create(NODE_GROUP, "it", **{**inputs, "instanceTypes": ["g9.huge"]})
