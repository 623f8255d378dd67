"""How many GPUs one pod of a workload takes."""

from decimal import Decimal

from guardrails.analysis.pool_limits import NVIDIA
from guardrails.analysis.workloads import containers, pods
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, UnknownPropertyError, get_path
from planner import quantities


def pod_gpus(workload: Subject) -> int:
    """Return the GPUs of one pod: of its containers together, or of an init container that takes more.

    Raises:
        UnknownPropertyError: a container, or what it takes, is unknown.
    """
    most = Decimal(0)
    for pod in pods(workload):
        running = [_gpus(where, item) for where, item in containers(pod, "containers")]
        before = [_gpus(where, item) for where, item in containers(pod, "initContainers")]
        most = max(most, sum(running, Decimal(0)), *before)
    return int(most)


def _gpus(where: str, container: object) -> Decimal:
    given = [get_path(container, "resources", kind, NVIDIA) for kind in ("limits", "requests")]
    if container is UNKNOWN or UNKNOWN in given:
        raise UnknownPropertyError(f"{NVIDIA} of {where} is unknown")
    return max((quantities.parse(each) or Decimal(0) for each in given), default=Decimal(0))
