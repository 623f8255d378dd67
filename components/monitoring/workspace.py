"""The workspace of Amazon Managed Service for Prometheus that every sample is also written to."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_aws as aws

from components.iam import PolicyDocument, Statement
from components.monitoring.context import MonitoringArgs

_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
"""Partition to the end of AWS's host names; ``amazonaws.com`` in every other."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace of Amazon Managed Service for Prometheus, the stack's own or a given one."""

    arn: pulumi.Input[str]
    """Its ARN."""
    region: str
    """Its AWS region, for which requests are signed."""
    endpoint: pulumi.Output[str]
    """Base URL with a slash at its end, such as ``https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/``."""

    @property
    def remote_write_url(self) -> pulumi.Output[str]:
        """Where samples are written to."""
        return pulumi.Output.concat(self.endpoint, "api/v1/remote_write")

    @property
    def query_url(self) -> pulumi.Output[str]:
        """Base URL of Prometheus' own API, as Grafana and other clients take it: without ``/api/v1``."""
        return self.endpoint.apply(lambda url: url.rstrip("/"))

    @property
    def write_policy(self) -> PolicyDocument:
        """What Prometheus' role needs."""
        return PolicyDocument([Statement(sid="WriteSamples", actions=["aps:RemoteWrite"], resources=[self.arn])])

    @classmethod
    def of_arn(cls, arn: str) -> Self:
        """A workspace that exists."""
        _, partition, _, region, _, name = arn.split(":", 5)
        host = f"aps-workspaces.{region}.{_SUFFIXES.get(partition, 'amazonaws.com')}"
        endpoint = f"https://{host}/workspaces/{name.removeprefix('workspace/')}/"
        return cls(arn=arn, region=region, endpoint=pulumi.Output.from_input(endpoint))


def workspace(name: str, args: MonitoringArgs, parent: pulumi.Resource) -> Workspace | None:
    """The workspace of the stack's settings, made where they say so; None for Prometheus' own volume alone."""
    settings = args.settings.remote_write
    if settings is None:
        return None
    if settings.workspace_arn:
        return Workspace.of_arn(settings.workspace_arn)
    made = aws.amp.Workspace(name, alias=args.naming.cluster, opts=pulumi.ResourceOptions(parent=parent))
    return Workspace(arn=made.arn, region=args.facts.region, endpoint=made.prometheus_endpoint)
