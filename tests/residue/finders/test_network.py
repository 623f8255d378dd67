import pytest

from residue.finders.network import find
from tests.residue.account import OTHER, OWN, context

VPC = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": OWN}


def test_what_bills_has_its_price() -> None:
    found = {
        one.kind: one
        for one in find(
            context(
                describe_nat_gateways={"NatGateways": [{"NatGatewayId": "nat-1", "State": "available", "Tags": OWN}]},
                describe_addresses={"Addresses": [{"AllocationId": "eipalloc-1", "PublicIp": "3.3.3.3", "Tags": OWN}]},
                describe_vpc_endpoints={
                    "VpcEndpoints": [
                        {
                            "VpcEndpointId": "vpce-1",
                            "VpcEndpointType": "Interface",
                            "SubnetIds": ["subnet-1", "subnet-2"],
                            "State": "available",
                            "Tags": OWN,
                        }
                    ]
                },
            )
        )
    }
    assert found["NAT gateway"].usd_per_month == pytest.approx(32.85)
    assert found["Elastic IP address"].usd_per_month == pytest.approx(3.65)
    assert found["VPC endpoint"].usd_per_month == pytest.approx(14.6)


def test_a_deleted_gateway_is_not_left() -> None:
    gone = {"NatGateways": [{"NatGatewayId": "nat-1", "State": "deleted", "Tags": OWN}]}
    assert list(find(context(describe_nat_gateways=gone))) == []


def test_untagged_interfaces_and_groups_count_in_the_stacks_own_vpc() -> None:
    groups = [
        {"GroupId": "sg-1", "GroupName": "k8s-traffic", "VpcId": "vpc-1", "Description": "made by a controller"},
        {"GroupId": "sg-2", "GroupName": "default", "VpcId": "vpc-1"},
        {"GroupId": "sg-3", "GroupName": "k8s-traffic", "VpcId": "vpc-9", "Tags": OTHER},
    ]
    found = list(find(context(describe_vpcs={"Vpcs": [VPC]}, describe_security_groups={"SecurityGroups": groups})))
    assert [(one.id, one.found_by) for one in found] == [("sg-1", "in vpc-1"), ("vpc-1", "tag stack=dev")]


def test_the_vpc_comes_last_and_a_gateway_says_that_it_is_attached() -> None:
    gateways = [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}], "Tags": OWN}]
    found = list(
        find(context(describe_vpcs={"Vpcs": [VPC]}, describe_internet_gateways={"InternetGateways": gateways}))
    )
    assert [one.kind for one in found] == ["internet gateway", "VPC"]
    assert found[0].detail == "attached to vpc-1: detach it first"
