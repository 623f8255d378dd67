"""The existing cluster: its zones, which EKS never changes, and its version, which EKS moves one minor at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

from planner.catalog.eks_versions import minor
from preflight.cloud import Cloud, GoneError
from preflight.finding import Finding, error, refusal, warning
from preflight.subject import ClusterPlan, Subject


def running(subject: Subject, cloud: Cloud) -> Mapping[str, Any] | None:
    """The cluster as EKS describes it; None if it is still to be made."""
    if subject.cluster is None:
        return None
    try:
        found: Mapping[str, Any] = cloud.ask("eks", "describe_cluster", name=subject.cluster.name)["cluster"]
    except GoneError:
        return None
    return found


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Compare it with the settings."""
    found = running(subject, cloud)
    if found is None or subject.cluster is None:
        return
    if found.get("status") == "FAILED":
        yield error(
            "cluster",
            f"{found['name']} is FAILED, which EKS never repairs: `aws eks delete-cluster --region {subject.region} --name "
            f"{found['name']}`, then `pulumi refresh -s {subject.stack}` and `make up STACK={subject.stack}`",
        )
        return
    yield from _zones(subject, cloud, found)
    yield from _version(subject.stack, subject.cluster, str(found.get("version", "")))


def _zones(subject: Subject, cloud: Cloud, found: Mapping[str, Any]) -> Iterator[Finding]:
    """Cluster subnets stay in the zones of its creation (EKS User Guide, "VPC requirements and considerations")."""
    subnets = (found.get("resourcesVpcConfig") or {}).get("subnetIds") or []
    if not subnets:
        return
    answer = cloud.ask("ec2", "describe_subnets", SubnetIds=sorted(subnets))
    before = sorted({subnet["AvailabilityZone"].removeprefix(subject.region) for subnet in answer["Subnets"]})
    if before and set(before) != set(subject.zones):
        yield refusal(
            "network.zones",
            f"is {', '.join(subject.zones)}, and cluster {found['name']} is in {', '.join(before)}: EKS takes only "
            f"subnets of the zones it began with, so set [{', '.join(before)}] again, or deploy a new platform stack",
        )


def _version(stack: str, plan: ClusterPlan, runs: str) -> Iterator[Finding]:
    try:
        steps = minor(plan.version) - minor(runs)
    except ValueError:
        return
    if steps < 0:
        yield warning(
            "cluster.version",
            f'is {plan.version}, and the cluster runs {runs}: EKS takes no version back; set "{runs}" (EKS upgrades a '
            f"cluster by itself when support ends), then `pulumi refresh -s {stack}` and `make up STACK={stack}`",
        )
    elif steps > 1:
        yield refusal(
            "cluster.version",
            f'is {plan.version}, and the cluster runs {runs}: EKS moves one minor at a time, set "1.{minor(runs) + 1}"',
        )
