"""What the limits of a Karpenter NodePool allow: amounts of resources, and how many nodes of a type.

Karpenter adds up what its nodes have and launches nothing that would lead above a limit; since it counts a node some
seconds after its launch, a batch may exceed it (kubernetes-sigs/karpenter, "NodePools", spec.limits).
"""

from decimal import Decimal
from typing import Final

from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, UnknownPropertyError
from planner import quantities
from planner.catalog.instances import InstanceType
from planner.units import GIB

NVIDIA: Final = "nvidia.com/gpu"
OF_EVERY_NODE: Final = frozenset({"cpu", "memory", "nodes", "pods", "ephemeral-storage"})
"""Resources that every node has, so that a limit of one of them ends the pool's growth."""
OF_SOME_NODES: Final = frozenset(
    {
        *(NVIDIA, "amd.com/gpu", "habana.ai/gaudi"),
        *("aws.amazon.com/neuron", "aws.amazon.com/neuroncore"),
        *("vpc.amazonaws.com/efa", "vpc.amazonaws.com/pod-eni", "vpc.amazonaws.com/PrivateIPv4Address"),
    }
)
"""Further resources that Karpenter counts (pkg/apis/v1/labels.go of aws/karpenter-provider-aws 1.14.1); a limit of another name ends nothing."""


def limits(pool: Subject) -> dict[str, Decimal]:
    """Return the limits by resource, in base units; without those that are not quantities.

    Raises:
        UnknownPropertyError: they, or one of them, are unknown.
    """
    given = pool.value("spec", "limits")
    if not isinstance(given, dict):
        return {}
    for name, value in given.items():
        if value is UNKNOWN:
            raise UnknownPropertyError(f"spec.limits.{name} is unknown")
    amounts = {name: quantities.parse(value) for name, value in given.items()}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def replicas(pool: Subject) -> int | None:
    """Return the nodes of a static pool (``spec.replicas``), None of any other.

    Raises:
        UnknownPropertyError: it is unknown.
    """
    given = quantities.parse(pool.value("spec", "replicas"))
    return None if given is None else int(given)


def most_nodes(machine: InstanceType, allowed: dict[str, Decimal]) -> int | None:
    """Return how many nodes of a type the limits allow, None where they do not end its number."""
    each = {"cpu": machine.vcpus, "memory": machine.memory_gib * GIB, "nodes": 1, NVIDIA: machine.gpus}
    counts = [int(max(amount, Decimal(0)) // each[name]) for name, amount in allowed.items() if each.get(name)]
    return min(counts, default=None)
