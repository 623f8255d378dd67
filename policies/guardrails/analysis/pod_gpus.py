"""How many GPUs one replica of a workload takes."""

from decimal import Decimal

from guardrails.analysis.pool_limits import NVIDIA
from guardrails.analysis.workloads import LEADER_WORKER, Pod, containers, pods
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, UnknownPropertyError, get_path
from planner import quantities


def replica_gpus(workload: Subject) -> int:
    """Return the GPUs of one replica: those of its pod, of a LeaderWorkerSet those of a leader and its workers.

    Raises:
        UnknownPropertyError: a container, what it takes, or the size of a group is unknown.
    """
    each = [_pod_gpus(pod) for pod in pods(workload)]
    if not each or workload.type not in LEADER_WORKER:
        return int(max(each, default=Decimal(0)))
    size = workload.value("spec", "leaderWorkerTemplate", "size")
    workers = size - 1 if isinstance(size, int | float) else 0
    # The leader's template comes first; without one the leader is as its workers.
    return int(each[0] + each[-1] * int(workers))


def _pod_gpus(pod: Pod) -> Decimal:
    """Of its containers together, or of an init container that takes more."""
    running = [_gpus(where, item) for where, item in containers(pod, "containers")]
    before = [_gpus(where, item) for where, item in containers(pod, "initContainers")]
    return max(sum(running, Decimal(0)), *before, Decimal(0))


def _gpus(where: str, container: object) -> Decimal:
    given = [get_path(container, "resources", kind, NVIDIA) for kind in ("limits", "requests")]
    if container is UNKNOWN or UNKNOWN in given:
        raise UnknownPropertyError(f"{NVIDIA} of {where} is unknown")
    return max((quantities.parse(each) or Decimal(0) for each in given), default=Decimal(0))
