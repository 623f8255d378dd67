"""PodStatus out of the states of a pod's containers."""

from collections.abc import Sequence

from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.nodes.api import Object
from rehearsal.nodes.containers import ContainerRunner
from rehearsal.nodes.machines import timestamp


def phase(main: Sequence[ContainerRunner], init: Sequence[ContainerRunner]) -> str:
    """The pod's phase as kubelet works it out."""
    if any(runner.exit_code for runner in init):
        return "Failed"
    if main and all(runner.done for runner in main):
        return "Failed" if any(runner.exit_code for runner in main) else "Succeeded"
    if any(runner.done or "waiting" not in runner.state or runner.last_state for runner in main):
        return "Running"
    return "Pending"


def conditions(
    main: Sequence[ContainerRunner],
    init: Sequence[ContainerRunner],
    *,
    sandbox: bool,
    old: Sequence[Object],
    gates: Sequence[str] = (),
) -> list[Object]:
    """The conditions kubelet owns; PodScheduled is the scheduler's.

    Args:
        main: The containers.
        init: The init containers.
        sandbox: Whether the pod has its volumes and its network.
        old: Conditions of the pod as they were.
        gates: Readiness gates of the pod that are not true: without all of them it is not Ready.
    """
    waiting = [runner.name for runner in init if not runner.done]
    unready = [runner.name for runner in main if not runner.ready]
    initialized = not waiting and not any(runner.exit_code for runner in init)
    ended = phase(main, init) == "Succeeded"
    why = "PodCompleted" if ended else "ContainersNotReady"
    message = "" if ended else f"containers with unready status: [{' '.join(unready)}]"
    return [
        _condition("PodReadyToStartContainers", sandbox, old),
        _condition(
            "Initialized",
            initialized,
            old,
            "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(waiting)}]",
        ),
        _condition("ContainersReady", not unready, old, why, message),
        _condition("Ready", not unready and not gates, old, *((why, message) if unready else _gated(gates))),
    ]


def closed_gates(pod: Object) -> list[str]:
    """Readiness gates of a pod whose condition is not true."""
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates", [])]
    return [gate for gate in gates if not is_true(pod, gate)]


def overwritten(pod: Object, sent: Sequence[Object]) -> bool:
    """Whether a condition of kubelet's that was sent has another status in the API."""
    there = {entry["type"]: entry["status"] for entry in pod["status"].get("conditions", [])}
    return any(there.get(entry["type"], entry["status"]) != entry["status"] for entry in sent)


def _gated(gates: Sequence[str]) -> tuple[str, str]:
    return "ReadinessGatesNotReady", "; ".join(
        f'corresponding condition of pod readiness gate "{gate}" is not true' for gate in gates
    )


def _condition(kind: str, true: bool, old: Sequence[Object], reason: str = "", message: str = "") -> Object:  # noqa: FBT001
    status = "True" if true else "False"
    before = next((entry for entry in old if entry["type"] == kind), None)
    since = before["lastTransitionTime"] if before and before["status"] == status else timestamp()
    # Strategic merge keeps what is left out: an empty reason takes an old one away.
    told = {"reason": None, "message": None} if true else {"reason": reason, "message": message}
    return {"type": kind, "status": status, "lastTransitionTime": since} | told
