from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from planner.cost.prices import list_prices
from preflight.cloud import Cloud, DeniedError
from residue.context import Context
from residue.search import search
from tests.residue.account import OWN, OWNER, context

KARPENTERS = {
    "kubernetes.io/cluster/llm-dev": "owned",
    "eks:eks-cluster-name": "llm-dev",
    "karpenter.sh/nodepool": "g5",
}
LISTED = [{"Key": key, "Value": value} for key, value in KARPENTERS.items()]


def test_an_empty_account_leaves_nothing() -> None:
    found = search(context())
    assert (found.resources, found.unchecked, found.deployed) == ((), (), False)


def test_what_aws_refuses_is_named_and_the_rest_is_still_found() -> None:
    vpc = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": OWN}]}
    found = search(context(describe_vpcs=vpc, list_roles=DeniedError("iam:ListRoles")))
    assert [one.id for one in found.resources] == ["vpc-1"]
    assert found.unchecked == ("IAM: the caller may not iam:ListRoles",)


def test_what_is_kept_on_purpose_comes_last_and_is_not_unwanted() -> None:
    listed = {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::models-1"}]}
    vpc = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Tags": OWN}]}
    found = search(context(keeps_bucket=True, get_resources=listed, head_bucket={}, describe_vpcs=vpc))
    assert [one.id for one in found.resources] == ["vpc-1", "models-1"]
    assert [one.id for one in found.unwanted] == ["vpc-1"]


def test_an_active_cluster_means_a_deployed_stack() -> None:
    cluster = {"cluster": {"version": "1.35", "status": "ACTIVE"}}
    assert search(context(describe_cluster=cluster)).deployed
    cluster = {"cluster": {"version": "1.35", "status": "DELETING"}}
    assert not search(context(describe_cluster=cluster)).deployed


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


def left() -> Any:
    return search(Context(owner=OWNER, cloud=Cloud("us-east-1"), prices=list_prices()))


def test_everything_that_karpenter_leaves_is_found(account: None) -> None:
    ec2, iam, sqs, events = (client(name) for name in ("ec2", "iam", "sqs", "events"))
    assert (left().resources, left().unchecked) == ((), ())
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": LISTED}]
    ec2.run_instances(ImageId=image, InstanceType="g5.xlarge", MinCount=1, MaxCount=1, TagSpecifications=tags)
    ec2.create_launch_template(
        LaunchTemplateName="karpenter.k8s.aws/1",
        LaunchTemplateData={"InstanceType": "g5.xlarge"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": LISTED}],
    )
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=200, VolumeType="gp3")["VolumeId"]
    ec2.create_tags(Resources=[volume], Tags=LISTED)
    iam.create_role(RoleName="AWSServiceRoleForEC2Spot", Path="/aws-service-role/spot.amazonaws.com/", AssumeRolePolicyDocument="{}", Tags=LISTED)  # fmt: skip
    iam.create_role(RoleName="node", AssumeRolePolicyDocument="{}", Tags=LISTED)
    iam.create_instance_profile(InstanceProfileName="llm-dev_1", Tags=LISTED)
    iam.add_role_to_instance_profile(InstanceProfileName="llm-dev_1", RoleName="node")
    url = sqs.create_queue(QueueName="llm-dev")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="spot", EventPattern='{"source": ["aws.ec2"]}')
    events.put_targets(Rule="spot", Targets=[{"Id": "queue", "Arn": arn}])
    found = left()
    assert found.unchecked == ()
    assert [one.kind for one in found.resources] == [
        "EC2 instance",
        "EBS volume",
        "EC2 launch template",
        "EventBridge rule",
        "SQS queue",
        "IAM instance profile",
        "IAM role",
    ]
    assert found.usd_per_month == pytest.approx(1.006 * 730 + 200 * 0.08)
