"""VPC flow logs: accepted and rejected connections, kept in CloudWatch Logs for a time."""

import pulumi
import pulumi_aws as aws

from components.iam import PolicyDocument, Statement, trust_service
from settings.models.network import FlowLogSettings


def flow_logs(
    name: str,
    settings: FlowLogSettings,
    *,
    vpc_id: pulumi.Input[str],
    permissions_boundary: str | None,
    parent: pulumi.Resource,
) -> aws.ec2.FlowLog:
    """The flow log of all traffic of a VPC, with its log group and the role that writes it."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.cloudwatch.LogGroup(f"{name}-flow-logs", retention_in_days=settings.retention_days, opts=child)
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=parent)).account_id
    role = aws.iam.Role(
        f"{name}-flow-logs",
        description="Writes the VPC's flow logs",
        assume_role_policy=trust_service(
            "vpc-flow-logs.amazonaws.com",
            conditions=account.apply(lambda number: {"StringEquals": {"aws:SourceAccount": number}}),
        ).json,
        permissions_boundary=permissions_boundary,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-flow-logs",
        role=role.name,
        policy=PolicyDocument(
            [
                Statement(
                    sid="WriteFlowLogs",
                    actions=[
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogStreams",
                    ],
                    resources=[group.arn, pulumi.Output.concat(group.arn, ":*")],
                    because="a log group's streams are named by the service that writes them",
                ),
                Statement(
                    sid="FindLogGroup",
                    actions=["logs:DescribeLogGroups"],
                    resources=["*"],
                    because="logs:DescribeLogGroups takes no resource",
                ),
            ]
        ).json,
        opts=child,
    )
    return aws.ec2.FlowLog(
        f"{name}-flow-logs",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
