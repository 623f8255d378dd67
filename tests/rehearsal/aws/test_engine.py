"""A small network and a bucket under Pulumi's own engine: up, up again, refresh, change, destroy."""

import textwrap

import boto3
import pytest

from tests.rehearsal.engine_project import Project

pytestmark = pytest.mark.integration

PROGRAM = textwrap.dedent(
    """
    import json
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    owner = {"tags": {"owner": "ml-platform"}}
    provider = aws.Provider("aws", region="us-east-1", default_tags=owner, skip_credentials_validation=True)
    mine = pulumi.ResourceOptions(provider=provider)
    vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags={"Name": "net"}, opts=mine)
    gateway = aws.ec2.InternetGateway("net", vpc_id=vpc.id, opts=mine)
    address = aws.ec2.Eip("net", opts=mine)
    for index, zone in enumerate("abc"):
        subnet = aws.ec2.Subnet(
            f"net-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{index}.0/24", availability_zone=f"us-east-1{zone}", opts=mine
        )
        table = aws.ec2.RouteTable(f"net-{zone}", vpc_id=vpc.id, opts=mine)
        aws.ec2.RouteTableAssociation(f"net-{zone}", subnet_id=subnet.id, route_table_id=table.id, opts=mine)
        if zone == "a":
            after = pulumi.ResourceOptions(provider=provider, depends_on=[gateway])
            nat = aws.ec2.NatGateway("net", subnet_id=subnet.id, allocation_id=address.allocation_id, opts=after)
        aws.ec2.Route(
            f"net-{zone}", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", nat_gateway_id=nat.id, opts=mine
        )
    role = aws.iam.Role(
        "role",
        assume_role_policy={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
        opts=mine,
    )
    template = aws.ec2.LaunchTemplate(
        "template",
        metadata_options={"http_tokens": "required", "http_put_response_hop_limit": config.require_int("hops")},
        opts=mine,
    )
    bucket = aws.s3.Bucket("models", opts=mine)
    aws.s3.BucketPolicy(
        "models",
        bucket=bucket.bucket,
        policy=bucket.arn.apply(
            lambda arn: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [arn, arn + "/*"],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                }
            )
        ),
        opts=mine,
    )
    parameter = aws.ssm.Parameter("token", type="SecureString", value=config.require_secret("token"), opts=mine)
    pulumi.export("bucket", bucket.bucket)
    pulumi.export("version", template.latest_version)
    pulumi.export("address", nat.public_ip)
    pulumi.export("zones", len(aws.get_availability_zones(opts=pulumi.InvokeOptions(provider=provider)).names))
    """
)


def left_over(sandbox):
    session = boto3.Session("a", "b", region_name="us-east-1")
    client = lambda service: session.client(service, endpoint_url=sandbox.aws_url)  # noqa: E731
    own = [{"Name": "tag:owner", "Values": ["ml-platform"]}]
    return [
        *client("ec2").describe_vpcs(Filters=own)["Vpcs"],
        *client("ec2").describe_addresses(Filters=own)["Addresses"],
        *client("ec2").describe_launch_templates(Filters=own)["LaunchTemplates"],
        *client("s3").list_buckets()["Buckets"],
        *[role for role in client("iam").list_roles()["Roles"] if role["RoleName"].startswith("role-")],
    ]


@pytest.mark.soak_only("minutes")
def test_a_stack_lives_and_leaves_nothing(tmp_path, sandbox):
    project = Project(tmp_path, sandbox, package="aws", program=PROGRAM)
    project.pulumi("config", "set", "hops", "1")
    project.pulumi("config", "set", "--secret", "token", "hush-hush")
    assert "hush-hush" not in project.pulumi("preview", "--diff")
    assert "hush-hush" not in project.pulumi("up", "--yes", "--skip-preview", "--diff")
    outputs = project.outputs()
    assert outputs["bucket"].startswith("models-")
    assert outputs["version"] == 1
    assert outputs["zones"] == 6
    for _ in range(2):
        again = project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
        assert "23 unchanged" in again
    project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    project.pulumi("config", "set", "hops", "2")
    changed = project.pulumi("up", "--yes")
    assert "1 updated" in changed
    assert project.outputs()["version"] == 2
    assert "hush-hush" not in project.pulumi("stack", "export")
    assert len(left_over(sandbox)) == 5
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert left_over(sandbox) == []
