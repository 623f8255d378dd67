"""EKS: the cluster and its node groups, by name."""

from collections.abc import Iterator

from planner.cost.prices import Rate
from preflight.cloud import GoneError
from residue.context import Context
from residue.resource import Resource

KIND = "EKS cluster"
ACTIVE = "ACTIVE"
"""State of a cluster that nothing is deleting."""


def find(context: Context) -> Iterator[Resource]:
    """The cluster, after its node groups, which it cannot be deleted before."""
    name = context.owner.cluster
    if name is None:
        return
    try:
        cluster = context.cloud.ask("eks", "describe_cluster", name=name)["cluster"]
    except GoneError:
        return
    for group in context.cloud.pages("eks", "list_nodegroups", "nodegroups", clusterName=name):
        yield Resource(
            kind="EKS node group",
            id=str(group),
            found_by=f"name of its cluster {name}",
            usd_per_month=0.0,
            command=context.command("eks", "delete-nodegroup", "--cluster-name", name, "--nodegroup-name", str(group)),
        )
    yield Resource(
        kind=KIND,
        id=name,
        detail=f"{cluster.get('version', '')}, {cluster.get('status', '')}",
        found_by=f"name {name}",
        usd_per_month=context.by_the_hour(Rate.EKS_CLUSTER),
        command=context.command("eks", "delete-cluster", "--name", name),
    )
