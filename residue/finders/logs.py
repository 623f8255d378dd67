"""CloudWatch Logs: groups by the cluster's name, which EKS makes again while a cluster is deleted, without tags."""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.units import GIB
from residue.context import Context
from residue.resource import Resource

STORED_USD_PER_GIB_MONTH = 0.03
"""Archived logs, US dollars a GiB and month in us-east-1 (Amazon CloudWatch price page)."""


def find(context: Context) -> Iterator[Resource]:
    """Groups below ``/aws/eks/CLUSTER/`` and ``/aws/containerinsights/CLUSTER/``."""
    cluster = context.owner.cluster
    if cluster is None:
        return
    for prefix in (f"/aws/eks/{cluster}/", f"/aws/containerinsights/{cluster}/"):
        for group in context.cloud.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
            month, detail = size(group)
            yield Resource(
                kind="log group",
                id=group["logGroupName"],
                detail=detail,
                found_by=f"name {prefix}*",
                usd_per_month=month,
                command=context.command("logs", "delete-log-group", "--log-group-name", group["logGroupName"]),
            )


def size(group: Mapping[str, Any]) -> tuple[float, str]:
    """US dollars a month that a log group costs, and its size and retention in words."""
    gib = group.get("storedBytes", 0) / GIB
    days = group.get("retentionInDays")
    return gib * STORED_USD_PER_GIB_MONTH, f"{gib:.1f} GiB, {f'kept {days} days' if days else 'kept without limit'}"
