"""CloudAlarms under mocks."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from components.monitoring.cloud.cloud_alarms import CloudAlarms, CloudAlarmsArgs
from components.monitoring.cloud.load_balancers import LoadBalancer
from components.monitoring.cloud.spending import Spending
from planner.catalog.quotas import ON_DEMAND, SPOT
from tests.components.builders import BOUNDARY, on_aws
from tests.harness import Deployment, deploy

ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/"
GATEWAY = "app/k8s-llmgatew-gateway-a1b2c3d4e5/50dc6c495c0c9188"
CHAT = "net/k8s-llm-chat-0f9e8d7c6b/1234567890abcdef"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:chat-webhook-AbCdEf"


def alarms(services: Mapping[str, LoadBalancer] = MappingProxyType({}), **changes: Any) -> Deployment:
    """One CloudAlarms of the platform dev."""
    usual: dict[str, Any] = {"cluster_name": "llm-dev", "region": "us-east-1"}

    def program() -> None:
        made = CloudAlarms("llm-alarms", CloudAlarmsArgs(**{**usual, **changes}), on_aws())
        made.export()
        made.watch(services)

    return deploy(program, answers={"getLbs": {"arns": [ELB + GATEWAY, ELB + CHAT]}})


@cache
def whole() -> Deployment:
    """A platform with everything that can alarm."""
    return alarms(
        nat_gateway_ids=["nat-a", "nat-b"],
        node_groups={"system": "eks-system-1"},
        gateway=LoadBalancer(
            kind="app",
            owner="llm-gateway/gateway",
            address="internal-k8s-llmgatew-gateway-a1b2c3d4e5-1029384756.us-east-1.elb.amazonaws.com",
        ),
        services={
            "chat": LoadBalancer(
                kind="net",
                owner="llm/chat",
                address="k8s-llm-chat-0f9e8d7c6b-1234567890abcdef.elb.us-east-1.amazonaws.com",
            )
        },
        interruption_queue="llm-dev",
        quotas={"G/Spot": SPOT["g"], "Standard/OnDemand": ON_DEMAND["standard"]},
        gateway_table="llm-dev-gateway",
        gateway_certificate=CERTIFICATE,
        response_stream="llm-dev-responses",
        insights=True,
        emails=["on-call@example.com"],
        chat_webhook_secret_arn=SECRET,
        spending=Spending(usd_per_month=1500, stack="dev"),
        log_retention_days=90,
        permissions_boundary=BOUNDARY,
    )
