"""The Kubernetes version of a cluster that is still to be made, as EKS offers it today; by the calendar where that is unknown."""

from collections.abc import Iterator, Mapping
from typing import Any

from preflight.checks.cluster import running
from preflight.cloud import Cloud, CloudError, DeniedError
from preflight.finding import Finding, refusal
from preflight.subject import ClusterPlan, Subject

_STANDARD = "STANDARD_SUPPORT"
_EXTENDED = "EXTENDED_SUPPORT"


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse what EKS does not offer for a new cluster; of one that runs the calendar warns."""
    plan = subject.cluster
    if plan is None or running(subject, cloud) is not None:
        return
    try:
        offered = {
            str(one["clusterVersion"]): _status(one)
            for one in cloud.pages("eks", "describe_cluster_versions", "clusterVersions", includeAll=True)
        }
    except DeniedError:
        raise
    except CloudError:
        return  # the calendar of the settings has judged it
    if _STANDARD in offered.values():  # else the answer is not as this check knows it
        yield from _judge(plan, offered)


def _status(version: Mapping[str, Any]) -> str:
    """``versionStatus``, or the deprecated ``status``, which is spelt standard-support (botocore, eks ClusterVersionStatus)."""
    return str(version.get("versionStatus") or version.get("status") or "").upper().replace("-", "_")


def _judge(plan: ClusterPlan, offered: dict[str, str]) -> Iterator[Finding]:
    status = offered.get(plan.version, "")
    standard = ", ".join(f'"{name}"' for name, one in sorted(offered.items()) if one == _STANDARD)
    if status == _STANDARD or (status == _EXTENDED and plan.support_type == "EXTENDED"):
        return
    if status == _EXTENDED:
        yield refusal(
            "cluster.version",
            f"{plan.version} is out of standard support, so EKS makes no new cluster of it: set one of {standard}, or "
            "cluster.support_type EXTENDED and pay more",
        )
    else:
        yield refusal("cluster.version", f"{plan.version} is not offered by EKS in this region: set one of {standard}")
