"""The dimension of a load balancer: the end of the ARN of the one that has the address."""

import pytest

from components.monitoring.cloud.load_balancers import NOT_FOUND, LoadBalancer, _suffix
from tests.components.monitoring.cloud.builders import CHAT, ELB, GATEWAY, whole

INTERNAL = "internal-k8s-llmgatew-gateway-a1b2c3d4e5-1029384756.us-east-1.elb.amazonaws.com"


@pytest.mark.parametrize(
    ("arns", "address", "found"),
    [
        ([ELB + GATEWAY], INTERNAL, GATEWAY),
        ([ELB + GATEWAY], INTERNAL.removeprefix("internal-"), GATEWAY),
        ([ELB + CHAT], "k8s-llm-chat-0f9e8d7c6b-1234567890abcdef.elb.us-east-1.amazonaws.com", CHAT),
        # While the scheme changes there are two.
        ([ELB + "app/k8s-llmgatew-gateway-0000000000/1", ELB + GATEWAY], INTERNAL, GATEWAY),
        ([], INTERNAL, NOT_FOUND),
        ([ELB + CHAT], INTERNAL, NOT_FOUND),
    ],
)
def test_the_one_with_the_address(arns: list[str], address: str, found: str) -> None:
    assert _suffix(arns, address) == found


def test_they_are_looked_up_by_the_tags_of_the_controller() -> None:
    asked = [args["tags"] for token, args in whole().calls if token.endswith(":getLbs")]
    assert asked == [
        {"elbv2.k8s.aws/cluster": "llm-dev", "ingress.k8s.aws/stack": "llm-gateway/gateway"},
        {"elbv2.k8s.aws/cluster": "llm-dev", "service.k8s.aws/stack": "llm/chat"},
    ]


def test_metrics_are_in_the_namespace_of_the_kind() -> None:
    made = LoadBalancer(kind="net", owner="llm/chat", address="a")
    assert made.namespace == "AWS/NetworkELB"
