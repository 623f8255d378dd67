"""The platform's program with one thing added: a role for EC2 that is an administrator of the account."""

import json
import runpy
from pathlib import Path

import pulumi
import pulumi_aws as aws

import components

program = runpy.run_path(str(Path(components.__file__).parents[1] / "__main__.py"), run_name="__main__")
trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
options = pulumi.ResourceOptions(provider=program["aws"])
role = aws.iam.Role(
    "everything",
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    opts=options,
)
aws.iam.RolePolicyAttachment(
    "everything", role=role.name, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess", opts=options
)
