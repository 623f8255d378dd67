import pulumi
import pytest

from rehearsal.components.awsx.arguments import VpcArguments
from rehearsal.components.awsx.subnets import LayoutError

SPECS = [{"type": "Public", "cidrMask": 24.0}, {"type": "Private", "cidrMask": 24.0}]


def read(**inputs):
    return VpcArguments.read({"subnetStrategy": "Auto", "subnetSpecs": SPECS, **inputs})


def test_defaults_are_those_of_awsx():
    args = VpcArguments.read({})
    assert (args.cidr, args.zones, args.zone_names, args.nat.strategy) == ("10.0.0.0/16", 3, None, "OnePerAz")
    assert args.vpc == {"cidrBlock": "10.0.0.0/16"}


def test_numbers_of_the_wire_become_integers():
    args = read(numberOfAvailabilityZones=2.0)
    assert args.zones == 2
    assert [subnet.name for subnet in args.plan("net")] == [
        "net-public-1",
        "net-private-1",
        "net-public-2",
        "net-private-2",
    ]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"availabilityZoneNames": ["a"], "numberOfAvailabilityZones": 1.0}, "only one of"),
        ({"subnetStrategy": "Legacy"}, "strategy Legacy"),
        ({"subnetStrategy": "AutoMerge"}, "strategy AutoMerge"),
        ({"subnetSpecs": [{"type": "Open"}]}, "'Open' is not one of Public"),
        (
            {"natGateways": {"strategy": "Single", "elasticIpAllocationIds": ["a", "b"]}},
            "2 Elastic IPs .* give 1 or none",
        ),
        ({"natGateways": {"strategy": "None", "elasticIpAllocationIds": ["a"]}}, "give 0 or none"),
    ],
)
def test_what_awsx_refuses_is_refused(inputs, message):
    with pytest.raises(LayoutError, match=message):
        read(**inputs)


@pytest.mark.parametrize("strategy", ["Single", "OnePerAz"])
def test_nat_needs_public_and_private_subnets(strategy):
    with pytest.raises(LayoutError, match="needs public subnets for the NAT"):
        read(subnetSpecs=SPECS[:1], natGateways={"strategy": strategy}).plan("net")


def test_without_nat_public_subnets_alone_will_do():
    assert len(read(subnetSpecs=SPECS[:1], natGateways={"strategy": "None"}).plan("net")) == 3


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"ipv6CidrBlock": "::/56"}, "ipv6CidrBlock"),
        ({"natGateways": {"kind": "x"}}, "natGateways.kind"),
        ({"subnetSpecs": [{"type": "Public", "assignIpv6AddressOnCreation": True}]}, "subnetSpecs[0].assignIpv6"),
        ({"vpcEndpointSpecs": [{"serviceName": "s3", "region": "x"}]}, "vpcEndpointSpecs[0].region"),
    ],
)
def test_an_input_the_stand_in_does_not_know_is_refused_by_name(inputs, path):
    with pytest.raises(pulumi.InputPropertyError) as caught:
        read(**inputs)
    assert caught.value.property_path.startswith(path)
    assert "omit it" in caught.value.reason
