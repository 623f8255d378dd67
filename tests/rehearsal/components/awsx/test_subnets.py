from ipaddress import IPv4Network

import pytest

from rehearsal.components.awsx.subnets import (
    ISOLATED,
    PRIVATE,
    PUBLIC,
    UNUSED,
    LayoutError,
    SubnetSpec,
    check_gaps,
    layout,
    made,
    plan,
)


def cidrs(planned):
    return {subnet.name: str(subnet.cidr) for subnet in planned}


def test_explicit_blocks_are_taken_as_they_are():
    specs = [
        SubnetSpec(type=PUBLIC, name="public", cidr_blocks=("10.0.1.0/24", "10.0.3.0/24", "10.0.5.0/24")),
        SubnetSpec(type=PRIVATE, name="control", cidr_blocks=("10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26")),
    ]
    assert cidrs(plan("llm", "10.0.0.0/16", 3, specs)) == {
        "llm-public-1": "10.0.1.0/24",
        "llm-control-1": "10.0.0.0/26",
        "llm-public-2": "10.0.3.0/24",
        "llm-control-2": "10.0.0.64/26",
        "llm-public-3": "10.0.5.0/24",
        "llm-control-3": "10.0.0.128/26",
    }


def test_masks_fill_an_equal_share_of_the_vpc_for_every_zone():
    # As recorded from awsx 3.8: three zones get a quarter each.
    specs = [
        SubnetSpec(type=PRIVATE, cidr_mask=19),
        SubnetSpec(type=PUBLIC, cidr_mask=22),
        SubnetSpec(type=ISOLATED, size=256),
    ]
    assert cidrs(plan("net", "10.20.0.0/16", 3, specs)) == {
        "net-private-1": "10.20.0.0/19",
        "net-public-1": "10.20.32.0/22",
        "net-isolated-1": "10.20.36.0/24",
        "net-private-2": "10.20.64.0/19",
        "net-public-2": "10.20.96.0/22",
        "net-isolated-2": "10.20.100.0/24",
        "net-private-3": "10.20.128.0/19",
        "net-public-3": "10.20.160.0/22",
        "net-isolated-3": "10.20.164.0/24",
    }


def test_a_larger_subnet_after_a_smaller_one_is_aligned_to_its_size():
    specs = [SubnetSpec(type=PUBLIC, cidr_mask=20), SubnetSpec(type=PRIVATE, cidr_mask=18)]
    assert cidrs(plan("net", "10.0.0.0/16", 2, specs))["net-private-2"] == "10.0.192.0/18"


def test_default_subnets_are_half_and_a_quarter_of_a_zone():
    assert cidrs(plan("net", "10.0.0.0/16", 2, None)) == {
        "net-private-1": "10.0.0.0/18",
        "net-public-1": "10.0.64.0/19",
        "net-private-2": "10.0.128.0/18",
        "net-public-2": "10.0.192.0/19",
    }


def test_zone_mask_leaves_room_for_more_zones():
    specs = [SubnetSpec(type=PUBLIC, cidr_mask=24)]
    assert cidrs(plan("net", "10.0.0.0/16", 2, specs, 20)) == {
        "net-public-1": "10.0.0.0/24",
        "net-public-2": "10.0.16.0/24",
    }


@pytest.mark.parametrize("zones", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("mask", [None, 24, 27])
def test_planned_subnets_lie_in_the_vpc_and_apart(zones, mask):
    specs = [SubnetSpec(type=kind, cidr_mask=mask) for kind in (PUBLIC, PRIVATE, ISOLATED)]
    planned = [subnet.cidr for subnet in plan("net", "10.7.0.0/16", zones, specs)]
    assert len(set(planned)) == 3 * zones
    assert all(cidr.subnet_of(IPv4Network("10.7.0.0/16")) for cidr in planned)
    assert not any(one.overlaps(other) for one in planned for other in planned if one != other)


def test_subnets_are_made_zone_by_zone_public_first_and_unused_ones_not():
    specs = [SubnetSpec(type=kind) for kind in (ISOLATED, UNUSED, PRIVATE, PUBLIC)]
    assert [(subnet.zone, subnet.type) for subnet in made(plan("net", "10.0.0.0/16", 2, specs))] == [
        (0, PUBLIC),
        (0, PRIVATE),
        (0, ISOLATED),
        (1, PUBLIC),
        (1, PRIVATE),
        (1, ISOLATED),
    ]


def test_layout_tells_mask_and_size_or_the_blocks():
    specs = [SubnetSpec(type=PUBLIC, cidr_mask=20), SubnetSpec(type=PRIVATE, size=256, name="own")]
    assert layout("10.0.0.0/16", 2, specs) == [
        {"type": PUBLIC, "cidrMask": 20, "size": 4096},
        {"type": PRIVATE, "name": "own", "cidrMask": 24, "size": 256},
    ]
    blocks = [SubnetSpec(type=PUBLIC, name="public", cidr_blocks=("10.0.1.0/24",))]
    assert layout("10.0.0.0/16", 1, blocks) == [{"type": PUBLIC, "name": "public", "cidrBlocks": ["10.0.1.0/24"]}]


@pytest.mark.parametrize(
    ("cidr", "zones", "specs", "message"),
    [
        ("10.0.0.0/16", 2, [SubnetSpec(type=PUBLIC, cidr_blocks=("10.0.1.0/24",))], "1 CIDR blocks for 2"),
        (
            "10.0.0.0/16",
            1,
            [SubnetSpec(type=PUBLIC, cidr_blocks=("10.0.1.0/24",)), SubnetSpec(type=PRIVATE)],
            "all must",
        ),
        (
            "10.0.0.0/16",
            1,
            [SubnetSpec(type=PUBLIC, cidr_blocks=("10.0.1.0/24",), cidr_mask=25)],
            "cidrMask must match",
        ),
        ("10.0.0.0/16", 1, [SubnetSpec(type=PUBLIC, cidr_blocks=("10.0.1.0/24",), size=128)], "size must match"),
        ("10.0.0.0/16", 1, [SubnetSpec(type=PUBLIC, cidr_blocks=("10.0.1.0/24x",))], "is not an IPv4 CIDR block"),
        ("10.0.0.0/24", 2, [SubnetSpec(type=PUBLIC, cidr_mask=24)], "need 256 addresses"),
        ("10.0.0.0/16", 2, [SubnetSpec(type=PUBLIC, size=100)], "not a power of two"),
        ("10.0.0.0/16", 2, [SubnetSpec(type=PUBLIC, size=256, cidr_mask=25)], "is a /24, cidrMask says /25"),
        ("10.0.0.0/16", 2, [], "`subnetSpecs` is empty"),
        ("10.0.0.0/26", 3, None, "need at least a /26"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(cidr, zones, specs, message):
    with pytest.raises(LayoutError, match=message):
        plan("net", cidr, zones, specs)


def test_overlapping_blocks_are_named():
    blocks = ("10.0.0.0/24", "10.0.0.128/25")
    with pytest.raises(LayoutError, match=r"net-public-1 \(10.0.0.0/24\) and net-public-2 \(10.0.0.128/25\) overlap"):
        plan("net", "10.0.0.0/16", 2, [SubnetSpec(type=PUBLIC, cidr_blocks=blocks)])


def test_exact_wants_every_address_accounted_for():
    whole = [SubnetSpec(type=PUBLIC, cidr_mask=25), SubnetSpec(type=UNUSED, cidr_mask=25)]
    check_gaps("10.0.0.0/24", plan("net", "10.0.0.0/24", 1, whole))
    with pytest.raises(LayoutError, match=r"end at 10\.0\.0\.127"):
        check_gaps("10.0.0.0/24", plan("net", "10.0.0.0/24", 1, whole[:1]))
    gap = [SubnetSpec(type=PUBLIC, cidr_mask=26), SubnetSpec(type=PRIVATE, cidr_mask=25)]
    with pytest.raises(LayoutError, match="gap before net-private-1"):
        check_gaps("10.0.0.0/24", plan("net", "10.0.0.0/24", 1, gap))
