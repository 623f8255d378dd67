"""What an update of node groups will find hard to drain: printed as warnings in the preview.

EKS evicts the pods of one node after the other, within the disruption budgets, and waits 15 minutes for a node to be empty;
then the update ends with PodEvictionFailure and leaves the group half updated (EKS user guide, "Understand each phase of
node updates", upgrade phase). Every service has a budget of one unavailable pod.
"""

from collections.abc import Iterator, Mapping

from settings.derived.plan import StackPlan
from settings.issues import Issue, join
from settings.models.pools import PoolFacts
from settings.models.services.base import ServiceSettings

DRAIN_SECONDS = 900
"""How long EKS waits for a node's pods to go."""
NODE_AND_IMAGE_SECONDS = 300
"""Until a pod starts on a fresh node: the node joins and pulls a 10 GB image."""
OPERATIONS = "docs/operations.md, A drain that takes too long"


def drain_warnings(
    services: Mapping[str, ServiceSettings], plan: StackPlan, *, forced: bool = False
) -> Iterator[Issue]:
    """A warning for each service that an update of its pool's nodes waits for longer than EKS does.

    Args:
        services: the stack's services by name.
        plan: what follows from the settings: every pool a service may run on, and how long its start takes.
        forced: ``cluster.force_update_version``: pods that cannot be evicted in time are ended.
    """
    if forced:
        return
    for name, service in services.items():
        pool = plan.pool(service.pool)
        if pool.provisioner == "karpenter":
            continue  # no node group; how long Karpenter waits is the pool's own setting
        if service.most_replicas == 1:
            continue  # its budget lets the only pod go at once: a gap, and no wait
        if _share_a_node(service, pool):
            yield Issue(
                join("services", name, service.most_replicas_key),
                f"several may run on one node of {service.pool}, which update_strategy minimal drains before it launches "
                f"another: a successor finds no GPU, the next replica may not go, and EKS gives up after {DRAIN_SECONDS} s; "
                f"set pools.{service.pool}.update_strategy default, or keep a node spare ({OPERATIONS})",
            )
            continue
        waits = plan.timings[name].expected + NODE_AND_IMAGE_SECONDS
        if waits > DRAIN_SECONDS:
            yield Issue(
                join("services", name, service.most_replicas_key),
                f"a replica takes up to {waits} s to come back on a new node, and EKS waits {DRAIN_SECONDS} s for the next to "
                f"go: an update of the nodes of {service.pool} may end half way; then run `make up STACK=NAME` again ({OPERATIONS})",
            )


def _share_a_node(service: ServiceSettings, pool: PoolFacts) -> bool:
    """Whether two replicas may meet on a node, with no room for either's successor on another one."""
    together = 0 < 2 * service.gpus <= pool.gpus_per_node
    return together and pool.update_strategy == "minimal" and pool.spare_gpus < pool.gpus_per_node
