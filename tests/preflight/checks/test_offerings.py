"""Types and the zones that offer them."""

from preflight.checks.offerings import check
from tests.preflight.fakes import FakeCloud, burst, offered, pool, subject


def found(answer, *pools):
    return list(check(subject(*pools), FakeCloud(describe_instance_type_offerings=answer)))


def test_a_type_of_no_zone_of_its_pool_is_refused_with_the_zones_that_have_it() -> None:
    (one,) = found(offered(g6e_12xlarge="c", m5_xlarge="ab"), pool("g6e", instance_types=("g6e.12xlarge",)))
    assert one.refuses
    assert one.where == "pools.g6e.instance_types[0]"
    assert "not offered in zone a, b: zones c offer it" in one.message


def test_a_type_of_no_zone_at_all_is_refused_beside_one_that_is_offered() -> None:
    (one,) = found(offered(g5_2xlarge="ab"), pool(instance_types=("g5.2xlarge", "g5.4xlarge")))
    assert one.refuses
    assert one.where == "pools.g5.instance_types[1]"
    assert "no zone of us-east-1 offers it" in one.message


def test_a_zone_without_any_of_a_pools_types_is_warned_of() -> None:
    (one,) = found(offered(g5_2xlarge="a", g5_4xlarge="a"), pool(instance_types=("g5.2xlarge", "g5.4xlarge")))
    assert not one.refuses
    assert one.where == "pools.g5.zones"
    assert "set zones to [a]" in one.message


def test_types_that_cover_the_zones_together_are_good() -> None:
    assert found(offered(g5_2xlarge="a", g5_4xlarge="b"), pool(instance_types=("g5.2xlarge", "g5.4xlarge"))) == []


def test_the_pools_own_zones_count() -> None:
    answer = offered(g5_2xlarge="b")
    assert found(answer, pool(zones=("b",))) == []
    assert found(answer, pool(zones=("a",)))[0].refuses


def test_an_answer_without_any_type_is_no_proof() -> None:
    (one,) = found({"InstanceTypeOfferings": []})
    assert not one.refuses
    assert "not checked" in one.message


def test_karpenter_leaves_out_a_type_that_is_not_offered() -> None:
    types = ("g5.2xlarge", "g5.4xlarge")
    (one,) = found(offered(g5_2xlarge="ab"), burst("on_demand", instance_types=types))
    assert (one.refuses, one.where) == (False, "pools.burst.instance_types[1]")
    none = found(offered(m5_xlarge="ab"), burst("on_demand", instance_types=types))
    assert [one.refuses for one in none] == [True, True]
