"""PodStatus out of the states of a pod's containers."""

from collections.abc import Sequence

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
    main: Sequence[ContainerRunner], init: Sequence[ContainerRunner], *, sandbox: bool, old: Sequence[Object]
) -> list[Object]:
    """The conditions kubelet owns; PodScheduled is the scheduler's."""
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
        _condition("Ready", not unready, old, why, message),
    ]


def _condition(kind: str, true: bool, old: Sequence[Object], reason: str = "", message: str = "") -> Object:  # noqa: FBT001
    status = "True" if true else "False"
    before = next((entry for entry in old if entry["type"] == kind), None)
    since = before["lastTransitionTime"] if before and before["status"] == status else timestamp()
    # Strategic merge keeps what is left out: an empty reason takes an old one away.
    told = {"reason": None, "message": None} if true else {"reason": reason, "message": message}
    return {"type": kind, "status": status, "lastTransitionTime": since} | told
