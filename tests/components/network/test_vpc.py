import json
from functools import cache

import pytest

from tests.components.builders import BOUNDARY, document, vpc
from tests.harness import Deployment


@cache
def two_zones() -> Deployment:
    return vpc()


@cache
def three_zones() -> Deployment:
    return vpc(zones=("a", "b", "c"), nat="per_zone")


def test_it_deploys_without_error():
    assert two_zones().error is None
    assert three_zones().error is None


def test_public_and_control_tiers_are_awsx_s_with_exact_blocks():
    made = two_zones().one("awsx:ec2:Vpc").inputs
    assert made["cidrBlock"] == "10.0.0.0/16"
    assert made["instanceTenancy"] == "default"
    assert made["subnetStrategy"] == "Auto"
    assert made["availabilityZoneNames"] == ["us-east-1a", "us-east-1b"]
    specs = {spec["name"]: spec for spec in made["subnetSpecs"]}
    assert specs["public"]["type"] == "Public"
    assert specs["public"]["cidrBlocks"] == ["10.0.1.0/24", "10.0.3.0/24"]
    assert specs["public"]["tags"] == {"kubernetes.io/role/elb": "1"}
    assert specs["control"]["type"] == "Private"
    assert specs["control"]["cidrBlocks"] == ["10.0.0.0/26", "10.0.0.64/26"]
    assert specs["control"]["tags"] == {"kubernetes.io/role/internal-elb": "1"}


def test_dns_is_on_for_private_endpoints():
    made = two_zones().one("awsx:ec2:Vpc").inputs
    assert made["enableDnsHostnames"] is True
    assert made["enableDnsSupport"] is True


def test_node_subnets_are_plain_and_have_no_public_addresses():
    subnets = {one.name: one.inputs for one in three_zones().of_type("aws:ec2/subnet:Subnet")}
    assert {name: (made["availabilityZone"], made["cidrBlock"]) for name, made in subnets.items()} == {
        "llm-nodes-a": ("us-east-1a", "10.0.2.0/24"),
        "llm-nodes-b": ("us-east-1b", "10.0.4.0/24"),
        "llm-nodes-c": ("us-east-1c", "10.0.6.0/24"),
    }
    assert {made["mapPublicIpOnLaunch"] for made in subnets.values()} == {False}


def test_node_subnets_stand_only_where_pools_do():
    made = vpc(node_zones=("b",))
    assert [one.name for one in made.of_type("aws:ec2/subnet:Subnet")] == ["llm-nodes-b"]
    assert made.one("aws:ec2/route:Route").name == "llm-nodes-b"


@pytest.mark.parametrize(
    ("deployed", "gateways"),
    [
        (two_zones, {"llm-nodes-a": "llm-us-east-1a-id", "llm-nodes-b": "llm-us-east-1a-id"}),
        (
            three_zones,
            {
                "llm-nodes-a": "llm-us-east-1a-id",
                "llm-nodes-b": "llm-us-east-1b-id",
                "llm-nodes-c": "llm-us-east-1c-id",
            },
        ),
    ],
    ids=["single", "per_zone"],
)
def test_each_node_table_leads_to_the_right_nat_gateway(deployed, gateways):
    routes = deployed().of_type("aws:ec2/route:Route")
    assert {one.name: one.inputs["natGatewayId"] for one in routes} == gateways
    assert {one.inputs["destinationCidrBlock"] for one in routes} == {"0.0.0.0/0"}


def test_nat_strategy_follows_the_setting():
    assert two_zones().one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": "Single"}
    assert three_zones().one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": "OnePerAz"}


def test_each_node_subnet_has_its_own_table():
    associations = two_zones().of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert {one.inputs["subnetId"]: one.inputs["routeTableId"] for one in associations} == {
        "llm-nodes-a-id": "llm-nodes-a-id",
        "llm-nodes-b-id": "llm-nodes-b-id",
    }


def test_s3_is_reached_from_every_node_table_without_nat():
    made = two_zones().one("aws:ec2/vpcEndpoint:VpcEndpoint", "llm-s3").inputs
    assert made["vpcEndpointType"] == "Gateway"
    assert made["serviceName"] == "com.amazonaws.us-east-1.s3"
    assert made["routeTableIds"] == ["llm-nodes-a-id", "llm-nodes-b-id"]


def test_dynamodb_is_reached_without_nat_where_a_table_is_read():
    assert "llm-dynamodb" not in [one.name for one in two_zones().of_type("aws:ec2/vpcEndpoint:VpcEndpoint")]
    made = vpc(dynamodb=True).one("aws:ec2/vpcEndpoint:VpcEndpoint", "llm-dynamodb").inputs
    assert made["vpcEndpointType"] == "Gateway"
    assert made["serviceName"] == "com.amazonaws.us-east-1.dynamodb"
    assert made["routeTableIds"] == ["llm-nodes-a-id", "llm-nodes-b-id"]


def test_interface_endpoints_admit_https_from_the_vpc_in_which_their_names_hold():
    made = two_zones()
    endpoints = [one for one in made.of_type("aws:ec2/vpcEndpoint:VpcEndpoint") if one.name != "llm-s3"]
    assert {one.name for one in endpoints} == {"llm-ecr-api", "llm-ecr-dkr", "llm-sts"}
    for one in endpoints:
        assert one.inputs["privateDnsEnabled"] is True
        assert one.inputs["subnetIds"] == ["llm-nodes-a-id", "llm-nodes-b-id"]
        assert one.inputs["securityGroupIds"] == ["llm-endpoints-id"]
    rules = made.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {(one.inputs["cidrIpv4"], one.inputs["fromPort"], one.inputs["toPort"]) for one in rules} == {
        ("10.0.0.0/16", 443, 443),
    }


def test_without_interface_endpoints_there_is_no_group_for_them():
    made = vpc(interface_endpoints=())
    assert [one.name for one in made.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")] == ["llm-s3"]
    assert made.of_type("aws:ec2/securityGroup:SecurityGroup") == []


def test_flow_logs_have_group_role_and_retention():
    made = vpc(flow_logs={"retention_days": 7})
    assert made.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 7
    log = made.one("aws:ec2/flowLog:FlowLog").inputs
    assert log["trafficType"] == "ALL"
    assert log["iamRoleArn"].endswith(":llm-flow-logs")
    role = made.one("aws:iam/role:Role")
    assert role.inputs["permissionsBoundary"] == BOUNDARY
    trust = json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    group = made.one("aws:cloudwatch/logGroup:LogGroup")
    assert document(made.one("aws:iam/rolePolicy:RolePolicy"))["WriteFlowLogs"]["Resource"][0].endswith(group.name)
