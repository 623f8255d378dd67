"""An AWS of answers: what a test says it says; anything else it does not know."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from preflight.cloud import Cloud, CloudError, GoneError
from preflight.subject import ClusterPlan, KarpenterPlan, PoolPlan, Subject

ACCOUNT = "111122223333"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/ops/platform-admin"

Answer = dict[str, Any] | CloudError | Callable[..., dict[str, Any]]


class FakeCloud(Cloud):
    """Answers by ``service.operation``."""

    def __init__(self, **answers: Answer) -> None:
        super().__init__("us-east-1")
        self.answers = {**GOOD, **answers}
        self.asked: list[str] = []

    def ask(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        self.asked.append(operation)
        answer = self.answers.get(operation, GoneError(f"{operation} of {parameters}"))
        if isinstance(answer, CloudError):
            raise answer
        return answer(**parameters) if callable(answer) else answer


def zone(letter: str, ident: str) -> dict[str, str]:
    return {"ZoneName": f"us-east-1{letter}", "ZoneId": ident, "State": "available"}


def offered(**types: str) -> dict[str, Any]:
    """Type (``_`` for the dot) to the letters of zones that offer it."""
    return {
        "InstanceTypeOfferings": [
            {"InstanceType": name.replace("_", "."), "Location": f"us-east-1{letter}"}
            for name, letters in types.items()
            for letter in letters
        ]
    }


def quota(value: float) -> dict[str, Any]:
    return {"Quota": {"Value": value}}


GOOD: dict[str, Answer] = {
    "get_caller_identity": {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me"},
    "describe_availability_zones": {"AvailabilityZones": [zone("a", "use1-az6"), zone("b", "use1-az1")]},
    "describe_instance_type_offerings": offered(m5_xlarge="ab", g5_2xlarge="ab"),
    "get_service_quota": quota(10_000),
    "get_role": {"Role": {}},
    "describe_vpcs": {"Vpcs": []},
    "describe_addresses": {"Addresses": []},
    "get_ebs_default_kms_key_id": {"KmsKeyId": "alias/aws/ebs"},
    "get_policy": {"Policy": {}},
}
"""A new account in which all is well."""


def pool(name: str = "g5", **changes: Any) -> PoolPlan:
    plan = PoolPlan(
        name=name,
        kind="gpu",
        instance_types=("g5.2xlarge",),
        spot=False,
        desired=2,
        max=3,
        zones=("a", "b"),
        update_strategy="minimal",
    )
    return replace(plan, **changes)


def burst(*capacity_types: str, start: int = 8, most: int = 64, **changes: Any) -> PoolPlan:
    """A pool of Karpenter."""
    plan = KarpenterPlan(capacity_types=capacity_types, start_vcpus=start, most_vcpus=most)
    return pool("burst", spot="spot" in capacity_types, karpenter=plan, **changes)


SYSTEM = pool("system", kind="system", instance_types=("m5.xlarge",), max=4, update_strategy="default")


def subject(*pools: PoolPlan, **changes: Any) -> Subject:
    cluster = ClusterPlan(name="llm-dev", version="1.35", admins=(ADMIN,))
    base = Subject(
        stack="dev",
        project="llm-platform",
        region="us-east-1",
        zones=("a", "b"),
        cluster=cluster,
        pools={one.name: one for one in pools or (SYSTEM, pool())},
    )
    return replace(base, **changes)
