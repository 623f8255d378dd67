"""The stages of a pod's start, from the objects of the API server."""

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.clusters import objects
from portal.clusters.objects import Launch
from portal.clusters.timeline import timeline

START = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    """A moment as Kubernetes writes it."""
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(*, ready: bool = True, started: bool = True, restarts: int = 0) -> objects.Pod:
    """A pod that was scheduled after 100 s, whose container started after 160 s, and that was ready after 400 s."""
    conditions = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": at(100)}]
    conditions += [{"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": at(400)}]
    state = {"running": {"startedAt": at(160)}} if started else {"waiting": {"reason": "ContainerCreating"}}
    found = objects.pod(
        {
            "metadata": {"name": "a-0", "namespace": "dev", "creationTimestamp": at(0)},
            "spec": {"nodeName": "n1"},
            "status": {
                "phase": "Running",
                "conditions": conditions,
                "containerStatuses": [{"name": "vllm", "state": state, "restartCount": restarts}],
            },
        }
    )
    assert found
    return found


def claim(claimed: float, launched: float, **changes: Any) -> dict[str, Any]:
    """A NodeClaim."""
    condition = {"type": "Launched", "status": "True", "lastTransitionTime": at(launched), **changes}
    return {
        "metadata": {"name": "gpu-abcde", "creationTimestamp": at(claimed)},
        "status": {"nodeName": "n1", "conditions": [condition]},
    }


def launch(claimed: float = 2, launched: float = 8) -> Launch:
    """When a node was launched."""
    found = objects.launch(claim(claimed, launched))
    assert found
    assert found[0] == "n1"
    return found[1]


def seconds(*stages: Any) -> list[tuple[str, float | None]]:
    """Names and seconds of stages."""
    return [(stage.name, stage.seconds) for stage in stages]


def test_every_stage_of_a_pod_whose_node_was_launched_for_it() -> None:
    assert seconds(*timeline(pod(), launch())) == [
        ("node_launch", 8),
        ("node_ready", 92),
        ("image_pull", 60),
        ("engine", 240),
    ]


def test_a_node_that_was_there_before_is_no_part_of_it() -> None:
    for there in (None, launch(claimed=-500, launched=-490)):
        assert seconds(*timeline(pod(), there)) == [("image_pull", 60), ("engine", 240)]


def test_a_stage_that_lasts_has_no_seconds() -> None:
    assert seconds(*timeline(pod(ready=False), None)) == [("image_pull", 60), ("engine", None)]
    assert seconds(*timeline(pod(ready=False, started=False), None)) == [("image_pull", None)]


def test_of_a_container_that_started_again_the_first_start_is_not_known() -> None:
    assert seconds(*timeline(pod(restarts=1), None)) == [("image_pull", None)]


def test_a_claim_that_has_not_joined_or_launched_says_nothing() -> None:
    assert objects.launch(claim(0, 5, status="False")) is None
    assert objects.launch({**claim(0, 5), "status": {}}) is None
