"""Fleets: the cheapest offering with capacity, launched as the template says."""

import base64

import pytest

from rehearsal.aws.client import AwsClient
from tests.rehearsal.aws.scene import Scene

TAGS = {"karpenter.sh/nodepool": "g5", "karpenter.sh/nodeclaim": "g5-1"}
IMAGE = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/nvidia/recommended/image_id"


class Ec2:
    """EC2 as Karpenter calls it, over what a program made."""

    def __init__(self, stack):
        self.scene = Scene(stack)
        self.aws = AwsClient(stack.provider._sandbox)
        self.made = []
        profile = self.scene.once("aws:iam/instanceProfile:InstanceProfile", "nodes", role=self.scene.role().id)
        self.profile, self.group = profile.id, self.scene.group().id
        self.image = self.call("ssm", "get_parameter", Name=IMAGE)["Parameter"]["Value"]
        self.user_data = base64.b64encode(b"MIME-Version: 1.0").decode()
        data = {
            "ImageId": self.image,
            "UserData": self.user_data,
            "SecurityGroupIds": [self.group],
            "IamInstanceProfile": {"Name": self.profile},
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            "BlockDeviceMappings": [
                {
                    "DeviceName": "/dev/xvda",
                    "Ebs": {"VolumeSize": 200, "VolumeType": "gp3", "Iops": 4000, "Throughput": 600},
                }
            ],
        }
        self.call("ec2", "create_launch_template", LaunchTemplateName="karpenter", LaunchTemplateData=data)

    def call(self, service, operation, **params):
        return self.aws.call(service, "us-east-1", operation, params)

    def launch(self, *offerings, spot=False):
        overrides = [
            {
                "InstanceType": kind,
                "SubnetId": self.scene.subnet(zone, f"10.0.{ord(zone) - 96}.0/24").id,
                "AvailabilityZone": f"us-east-1{zone}",
                "ImageId": self.image,
                "Priority": price,
            }
            for kind, zone, price in offerings
        ]
        template = {"LaunchTemplateName": "karpenter", "Version": "$Latest"}
        answer = self.call(
            "ec2",
            "create_fleet",
            Type="instant",
            TargetCapacitySpecification={
                "TotalTargetCapacity": 1,
                "DefaultTargetCapacityType": "spot" if spot else "on-demand",
            },
            LaunchTemplateConfigs=[{"LaunchTemplateSpecification": template, "Overrides": overrides}],
            TagSpecifications=[
                {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in TAGS.items()]}
                for kind in ("instance", "volume", "fleet")
            ],
        )
        self.made += [ident for one in answer.get("Instances", []) for ident in one["InstanceIds"]]
        return answer

    def described(self, ident):
        return self.call("ec2", "describe_instances", InstanceIds=[ident])["Reservations"][0]["Instances"][0]

    def shortages(self, *found):
        import httpx

        response = httpx.put(f"{self.aws._url}/rehearsal/shortages", json=list(found), timeout=60)
        response.raise_for_status()
        return response.json()

    def close(self):
        self.shortages()
        if self.made:
            self.call("ec2", "terminate_instances", InstanceIds=self.made)
        self.call("ec2", "delete_launch_template", LaunchTemplateName="karpenter")


@pytest.fixture
def ec2(stack):
    ec2 = Ec2(stack)
    yield ec2
    ec2.close()


def test_the_cheapest_offering_is_launched_as_the_template_says(ec2):
    answer = ec2.launch(("g5.48xlarge", "a", 16.3), ("g5.xlarge", "b", 0.4), ("g5.2xlarge", "a", 0.5), spot=True)
    (launched,) = answer["Instances"]
    assert (launched["InstanceType"], launched["Lifecycle"], answer["Errors"]) == ("g5.xlarge", "spot", [])
    assert launched["LaunchTemplateAndOverrides"]["Overrides"]["AvailabilityZone"] == "us-east-1b"
    found = ec2.described(launched["InstanceIds"][0])
    assert found["ImageId"] == ec2.image
    assert found["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert [group["GroupId"] for group in found["SecurityGroups"]] == [ec2.group]
    assert found["IamInstanceProfile"]["Arn"].endswith(f":instance-profile/{ec2.profile}")
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert found["SpotInstanceRequestId"].startswith("sir-")
    assert TAGS.items() <= {tag["Key"]: tag["Value"] for tag in found["Tags"]}.items()
    user_data = ec2.call("ec2", "describe_instance_attribute", InstanceId=found["InstanceId"], Attribute="userData")
    assert user_data["UserData"]["Value"] == ec2.user_data
    (device,) = found["BlockDeviceMappings"]
    (volume,) = ec2.call("ec2", "describe_volumes", VolumeIds=[device["Ebs"]["VolumeId"]])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Iops"], volume["Throughput"]) == (200, "gp3", 4000, 600)
    assert TAGS.items() <= {tag["Key"]: tag["Value"] for tag in volume["Tags"]}.items()


def test_an_on_demand_instance_has_no_spot_request(ec2):
    (launched,) = ec2.launch(("g5.xlarge", "a", 1.0))["Instances"]
    assert "SpotInstanceRequestId" not in ec2.described(launched["InstanceIds"][0])


def test_addresses_are_taken_from_the_top_and_not_again_at_once(ec2):
    addresses = []
    for _ in range(3):
        (launched,) = ec2.launch(("g5.xlarge", "a", 1.0))["Instances"]
        addresses.append(ec2.described(launched["InstanceIds"][0])["PrivateIpAddress"])
        ec2.call("ec2", "terminate_instances", InstanceIds=launched["InstanceIds"])
    numbers = [int(address.rpartition(".")[2]) for address in addresses]
    assert numbers == [numbers[0], numbers[0] - 1, numbers[0] - 2]
    assert numbers[0] > 200


def test_nothing_of_a_terminated_instance_is_left(ec2):
    (launched,) = ec2.launch(("g5.xlarge", "a", 1.0))["Instances"]
    ec2.call("ec2", "terminate_instances", InstanceIds=launched["InstanceIds"])
    tagged = [{"Name": "tag:karpenter.sh/nodepool", "Values": ["g5"]}]
    assert ec2.call("ec2", "describe_volumes", Filters=tagged)["Volumes"] == []
    in_subnet = [{"Name": "subnet-id", "Values": [ec2.scene.subnet().id]}]
    assert ec2.call("ec2", "describe_network_interfaces", Filters=in_subnet)["NetworkInterfaces"] == []


def test_an_offering_without_capacity_is_passed_over_and_reported(ec2):
    assert ec2.shortages({"type": "g5.xlarge", "capacity_type": "spot"}) == [
        {"type": "g5.xlarge", "capacity_type": "spot"}
    ]
    answer = ec2.launch(("g5.xlarge", "a", 0.4), ("g5.2xlarge", "a", 0.5), spot=True)
    assert [one["InstanceType"] for one in answer["Instances"]] == ["g5.2xlarge"]
    (error,) = answer["Errors"]
    assert (error["ErrorCode"], error["Lifecycle"]) == ("InsufficientInstanceCapacity", "spot")
    assert error["LaunchTemplateAndOverrides"]["Overrides"]["InstanceType"] == "g5.xlarge"
    assert len(ec2.launch(("g5.xlarge", "a", 0.4))["Instances"]) == 1


def test_without_any_capacity_nothing_is_launched(ec2):
    ec2.shortages({"pool": "g5"})
    answer = ec2.launch(("g5.xlarge", "a", 0.4), ("g5.xlarge", "b", 0.4))
    assert answer["Instances"] == []
    assert {error["LaunchTemplateAndOverrides"]["Overrides"]["AvailabilityZone"] for error in answer["Errors"]} == {
        "us-east-1a",
        "us-east-1b",
    }
    ec2.shortages({"pool": "other"})
    assert len(ec2.launch(("g5.xlarge", "a", 0.4))["Instances"]) == 1
