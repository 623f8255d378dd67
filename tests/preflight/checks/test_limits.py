"""Quotas that accounts of default values meet."""

from collections.abc import Callable
from typing import Any

import pytest

from preflight.checks.limits import check
from preflight.cloud import GoneError
from preflight.finding import Finding
from tests.preflight.fakes import FakeCloud, subject

OWN = [{"Key": "project", "Value": "llm-platform"}, {"Key": "stack", "Value": "dev"}]
OTHER = [{"Key": "project", "Value": "llm-platform"}, {"Key": "stack", "Value": "prod"}]


def quotas(**values: float) -> Callable[..., dict[str, Any]]:
    def answer(**asked: str) -> dict[str, Any]:
        if asked["ServiceCode"] not in values:
            raise GoneError("no such quota")
        return {"Quota": {"Value": values[asked["ServiceCode"]]}}

    return answer


def found(
    *, vpcs: int = 1, addresses: int = 0, own: bool = False, limits: dict[str, float], **changes: Any
) -> list[Finding]:
    """Findings where so many VPCs and addresses are another stack's, and one of each is the stack's own."""
    made = [{"Tags": OWN}] if own else []
    cloud = FakeCloud(
        describe_vpcs={"Vpcs": [{"Tags": OTHER}] * vpcs + made},
        describe_addresses={"Addresses": [{}] * addresses + made},
        get_service_quota=quotas(**limits),
        get_aws_default_service_quota=quotas(**limits),
    )
    return list(check(subject(**{"nat_gateways": 1, **changes}), cloud))


def test_an_account_with_room_is_good() -> None:
    assert found(vpcs=4, addresses=4, limits={"vpc": 5, "ec2": 5, "lambda": 12}, chat=True) == []


def test_a_quota_that_aws_does_not_have_is_none() -> None:
    assert found(vpcs=100, addresses=100, limits={}, chat=True) == []


def test_a_vpc_too_many_is_found() -> None:
    (one,) = found(vpcs=5, limits={"vpc": 5, "ec2": 5})
    assert (one.level, one.refuses, one.where) == ("error", False, "quota L-F678F1CE")
    assert "allows 5 VPCs; 5 are in use, and the stack makes 1" in one.message
    assert "--service-code vpc --quota-code L-F678F1CE --desired-value 6`" in one.message


def test_each_nat_gateway_needs_an_address() -> None:
    (one,) = found(addresses=3, nat_gateways=3, limits={"vpc": 5, "ec2": 5})
    assert one.where == "quota L-0263D0A3"
    assert "3 are in use, and the stack makes 3" in one.message
    assert "--desired-value 6`" in one.message


def test_what_the_stack_has_counts_once() -> None:
    assert found(vpcs=4, addresses=4, own=True, limits={"vpc": 5, "ec2": 5}) == []
    (one,) = found(vpcs=4, addresses=2, own=True, nat_gateways=3, limits={"vpc": 5, "ec2": 4})
    assert "3 are in use, and the stack makes 2" in one.message


@pytest.mark.parametrize(("value", "many"), [(10, 1), (11, 1), (12, 0)])
def test_the_function_of_the_chat_needs_its_reservation(value: int, many: int) -> None:
    limits = {"vpc": 5.0, "ec2": 5.0, "lambda": float(value)}
    assert found(limits=limits) == []
    made = found(limits=limits, chat=True)
    assert [one.where for one in made] == ["quota L-B99A9384"] * many
    assert all("reserves 2" in one.message for one in made)


def test_a_team_stack_makes_none() -> None:
    cloud = FakeCloud()
    assert list(check(subject(cluster=None), cloud)) == []
    assert cloud.asked == []
