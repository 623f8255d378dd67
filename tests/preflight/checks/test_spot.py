"""The service-linked role of spot."""

from preflight.checks.spot import check
from preflight.cloud import GoneError
from tests.preflight.fakes import SYSTEM, FakeCloud, pool, subject


def test_a_spot_pool_in_an_account_without_the_role_is_warned_of() -> None:
    bare = FakeCloud(get_role=GoneError("no"))
    (one,) = check(subject(SYSTEM, pool(spot=True)), bare)
    assert (one.level, one.where) == ("warning", "pools.g5.capacity")
    assert "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com" in one.message
    assert list(check(subject(SYSTEM, pool(spot=True)), FakeCloud())) == []
    assert list(check(subject(SYSTEM, pool()), bare)) == []
    assert bare.asked == ["get_role"]
