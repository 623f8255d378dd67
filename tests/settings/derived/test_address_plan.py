"""The address plan."""

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from settings.derived.address_plan import layout, network_problems, usable_addresses, zone_names
from settings.models.network import NetworkSettings


def test_the_default_layout_is_the_documented_one() -> None:
    plan = layout(NetworkSettings(zones=("a", "b", "c")))
    assert plan.public == {"a": "10.0.1.0/24", "b": "10.0.3.0/24", "c": "10.0.5.0/24"}
    assert plan.node == {"a": "10.0.2.0/24", "b": "10.0.4.0/24", "c": "10.0.6.0/24"}
    assert plan.control == {"a": "10.0.0.0/26", "b": "10.0.0.64/26", "c": "10.0.0.128/26"}


@given(
    prefix=st.integers(16, 21),
    base=st.integers(0, 2**24 - 1),
    zones=st.sampled_from([("a", "b"), ("a", "b", "c"), ("c", "f"), ("f", "b", "a")]),
)
def test_the_default_layout_fits_every_network_it_is_offered_for(
    prefix: int, base: int, zones: tuple[str, ...]
) -> None:
    cidr = str(IPv4Network((10 * 2**24 + base, prefix), strict=False))
    network = NetworkSettings(cidr=cidr, zones=zones)
    assert list(network_problems(network)) == []
    subnets = [subnet for _, _, subnet in layout(network).subnets()]
    assert len(subnets) == 3 * len(zones)
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def test_given_subnets_take_the_place_of_the_default_ones() -> None:
    nodes = {"a": "10.0.16.0/20", "b": "10.0.32.0/20"}
    plan = layout(NetworkSettings(node_cidrs=nodes))
    assert plan.node == nodes
    assert plan.public == {"a": "10.0.1.0/24", "b": "10.0.3.0/24"}


def test_zones_have_full_names() -> None:
    assert zone_names("eu-west-1", ("a", "c")) == {"a": "eu-west-1a", "c": "eu-west-1c"}


def test_aws_keeps_five_addresses_of_a_subnet() -> None:
    assert usable_addresses("10.0.2.0/24") == 251
