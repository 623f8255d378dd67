"""NAT gateways of a network, as what watches them knows them."""

import pulumi
import pytest

from components import LlmVpc, LlmVpcArgs
from settings.models.network import NetworkSettings
from tests.components.builders import on_aws
from tests.harness import deploy


@pytest.mark.parametrize(("nat", "number"), [("single", 1), ("per_zone", 2)])
def test_each_nat_gateway_is_known(nat: str, number: int) -> None:
    def program() -> None:
        args = LlmVpcArgs(network=NetworkSettings.model_validate({"nat": nat, "zones": ["a", "b"]}), region="us-east-1")
        pulumi.export("ids", pulumi.Output.all(*LlmVpc("llm", args, on_aws()).nat_gateway_ids))

    found = deploy(program).exports["ids"]
    assert len(set(found)) == number
    assert all("nat" in one.lower() or one.endswith("-id") for one in found)
