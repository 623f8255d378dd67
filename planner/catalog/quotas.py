"""EC2's vCPU quotas: each counts instances of some families in an account and region, on demand or spot.

Codes and the families they cover: EC2 User Guide, "Amazon EC2 endpoints and quotas". Usage classes: the same guide, "CloudWatch metrics
that are available for your instances", "Amazon EC2 usage metrics", for those on demand
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html#service-quota-metrics); for spot the
``UsageMetric`` that ``aws service-quotas list-service-quotas --service-code ec2`` returns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.catalog.instances import quota_group


@dataclass(frozen=True)
class Quota:
    """One quota, in vCPUs."""

    code: str
    name: str
    usage_class: str | None
    """Dimension ``Class`` of CloudWatch's metric of its use, ``ResourceCount`` of ``AWS/Usage``; None where AWS documents none."""


ON_DEMAND: Mapping[str, Quota] = {
    "standard": Quota(
        "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", "Standard/OnDemand"
    ),
    "g": Quota("L-DB2E81BA", "Running On-Demand G and VT instances", "G/OnDemand"),
    "p": Quota("L-417A185B", "Running On-Demand P instances", "P/OnDemand"),
    "p5": Quota("L-417A185B", "Running On-Demand P instances", "P/OnDemand"),
}
SPOT: Mapping[str, Quota] = {
    "standard": Quota("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", "Standard/Spot"),
    "g": Quota("L-3819A6DF", "All G and VT Spot Instance Requests", "G/Spot"),
    "p": Quota("L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests", "P/Spot"),
    "p5": Quota("L-C4BD4855", "All P5 Spot Instance Requests", None),
}


def quota_of(instance: str, *, spot: bool) -> Quota:
    """The quota that counts an instance type."""
    return (SPOT if spot else ON_DEMAND)[quota_group(instance)]


def quotas_of(instances: Iterable[str], capacity_types: Iterable[str]) -> frozenset[Quota]:
    """The quotas that count nodes of any of these instance types and capacity types.

    Args:
        instances: names of instance types.
        capacity_types: any of ``reserved``, ``spot`` and ``on_demand``; reserved ones are on demand to quotas.
    """
    purchases = {one == "spot" for one in capacity_types}
    return frozenset(quota_of(name, spot=spot) for name in instances for spot in purchases)
