"""The CloudWatch observability add-on: logs of containers and nodes, and Container Insights' metrics, with a role of its own.

Fluent Bit of the add-on writes each line with the namespace, which is the stack's, and the pod with its labels, of which one is the
service (`fluent_bit`). Prompts are not among the lines: vLLM logs requests with
``enable-log-requests`` only, which is off unless a service's ``args`` set it, and a guardrail reports it then.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cluster.addons import fluent_bit
from components.cluster.addons.addon import AddOn, eks_addon
from components.cluster.context import ClusterContext
from components.iam import PolicyDocument
from components.kms import Place, account_decides, encryption_key, logs_may_encrypt
from components.roles import managed, service_account_role
from settings.derived.system_pool.workloads import CLOUDWATCH_AGENT, CLOUDWATCH_OPERATOR, FLUENT_BIT
from settings.models.monitoring import CloudWatchSettings

KEY: Final = "amazon-cloudwatch-observability"
NAMESPACE, SERVICE_ACCOUNT = "amazon-cloudwatch", "cloudwatch-agent"
"""Where the agent and Fluent Bit run, and as whom (Amazon EKS User Guide, "Amazon CloudWatch Observability")."""
POLICY = "CloudWatchAgentServerPolicy"
LOG_GROUPS = ("application", "dataplane", "host", "performance")
"""Ends of ``/aws/containerinsights/CLUSTER/...``."""
VALUES: Mapping[str, object] = {
    # The platform has an exporter of its own: two of them would share counters that only one may read.
    "dcgmExporter": {"enabled": False},
    "containerLogs": {
        "fluentBit": {
            "resources": {"requests": FLUENT_BIT.requests, "limits": {"memory": "500Mi"}},
            "config": {"extraFiles": {fluent_bit.FILE: fluent_bit.configuration()}},
        }
    },
    "agent": {"resources": {"requests": CLOUDWATCH_AGENT.requests, "limits": {"cpu": "500m", "memory": "512Mi"}}},
    # Application Signals would inject agents into the engines' pods.
    "manager": {
        "resources": {"requests": CLOUDWATCH_OPERATOR.requests},
        "applicationSignals": {"autoMonitor": {"monitorAllServices": False}},
    },
}
"""Configuration by the schema of the add-on (aws-observability/helm-charts, charts/amazon-cloudwatch-observability/values.yaml)."""


def cloudwatch_observability(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on, after its log groups: those that it makes itself keep logs for ever, and outlive the stack.

    Its pods still write while they end, after EKS has removed the add-on: they would make the groups again, were their policy not
    detached before.
    """
    settings = context.args.container_insights
    days = settings.log_retention_days if settings else CloudWatchSettings().log_retention_days
    groups = _log_groups(context, days)
    role = service_account_role(
        context.named("cloudwatch"),
        context.trust,
        namespace=NAMESPACE,
        service_account=SERVICE_ACCOUNT,
        description="CloudWatch agent and Fluent Bit: write logs and metrics",
        boundary=context.args.permissions_boundary,
        parent=context.parent,
        policies=managed(context.partition, POLICY),
        remade_by_pods=groups,
    )
    return eks_addon(KEY, context, [*after, *groups], role=role, values=VALUES)


def _log_groups(context: ClusterContext, days: int) -> list[aws.cloudwatch.LogGroup]:
    child = pulumi.ResourceOptions(parent=context.parent)
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=context.parent)).account_id
    place = Place(partition=context.partition, account=account, region=context.args.region)
    prefix = f"/aws/containerinsights/{context.args.cluster_name}/"
    key = encryption_key(
        context.named("container-logs"),
        f"Encrypts the logs of containers and nodes of EKS cluster {context.args.cluster_name}",
        child,
        PolicyDocument([account_decides(place.partition, account), logs_may_encrypt(place, prefix)]),
    )
    return [
        aws.cloudwatch.LogGroup(
            context.named(f"{end}-logs"),
            name=f"{prefix}{end}",
            retention_in_days=days,
            kms_key_id=key.arn,
            opts=child,
        )
        for end in LOG_GROUPS
    ]


ADDON = AddOn(
    key=KEY,
    install=cloudwatch_observability,
    wanted=lambda context: context.args.container_insights is not None,
    awaited=False,
)
