"""The service-linked role of spot."""

from preflight.checks.spot import check
from preflight.cloud import GoneError
from tests.preflight.fakes import SYSTEM, FakeCloud, burst, pool, subject


def test_a_spot_pool_in_an_account_without_the_role_is_warned_of() -> None:
    bare = FakeCloud(get_role=GoneError("no"))
    (one,) = check(subject(SYSTEM, pool(spot=True)), bare)
    assert (one.level, one.where) == ("warning", "pools.g5.capacity")
    assert "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com" in one.message
    assert list(check(subject(SYSTEM, pool(spot=True)), FakeCloud())) == []
    assert list(check(subject(SYSTEM, pool()), bare)) == []
    assert bare.asked == ["get_role"]


def test_karpenter_may_not_make_the_role_but_the_stack_may() -> None:
    bare = FakeCloud(get_role=GoneError("no"))
    (one,) = check(subject(SYSTEM, burst("spot", "on_demand")), bare)
    assert one.where == "pools.burst.capacity_types"
    assert one.message.endswith("or set cluster.karpenter.create_spot_service_linked_role")
    assert list(check(subject(burst("spot"), spot_role=True), bare)) == []
    assert list(check(subject(burst("on_demand")), bare)) == []
