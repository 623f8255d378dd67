"""Which services have a load balancer of their own: by what they say, by what is deployed, by whether there is a gateway."""

from typing import Any

import pytest

from settings.derived.deployed import Deployed, cluster_url, of_outputs
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM

GATEWAY = {"gateway": {"replicas": 2}}
OURS = {"small_url": "http://k8s-llm-small.elb.us-east-1.amazonaws.com", "small_api_key": "k"}
BEHIND = {"small_url": cluster_url("small", "llm"), "small_api_key": "k"}
OF_GATEWAY = {"gateway_url": "http://k8s-llm.elb.us-east-1.amazonaws.com/v1", "gateway_table": "llm-dev-gateway"}


def balanced(endpoint: dict[str, Any], deployed: Deployed | None = None, **top: Any) -> bool:
    small = {**PLATFORM["services"]["small"], "endpoint": endpoint}
    return (
        "small"
        in parse({**PLATFORM, **top, "services": {"small": small}}, stack="dev", deployed=deployed).plan.balanced
    )


@pytest.mark.parametrize(
    ("endpoint", "outputs", "expected"),
    [
        ({}, None, False),
        ({}, {}, False),
        ({}, OURS, True),
        ({}, BEHIND | OF_GATEWAY, False),
        ({"own": True}, BEHIND, True),
        ({"own": False}, OURS, False),
        ({"source_ranges": ["10.0.0.0/8"]}, None, True),
        ({"port": 8080}, None, True),
        ({"port": 80}, None, False),
    ],
)
def test_behind_a_gateway(endpoint: dict[str, Any], outputs: dict[str, str] | None, *, expected: bool) -> None:
    deployed = None if outputs is None else of_outputs(outputs)
    assert balanced(endpoint, deployed, **GATEWAY) is expected


def test_without_a_gateway_every_service_has_one() -> None:
    assert balanced({})
    assert balanced({"own": True})


def test_the_gateways_own_outputs_are_no_service() -> None:
    found = of_outputs(OURS | OF_GATEWAY)
    assert found.services == {"small": True}
    assert found.balanced == {"small"}
    named_like_it = of_outputs({"gateway_url": "http://elb.amazonaws.com", "gateway_api_key": "k"})
    assert named_like_it.services == {"gateway": True}
