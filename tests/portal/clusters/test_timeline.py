"""The stages of a pod's start, from the objects of the API server."""

from datetime import UTC, datetime, timedelta
from typing import Any

from planner.coldstart.pieces import ColdStart, Name, Piece, Seconds
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


def test_the_first_token_counts_from_readiness() -> None:
    assert seconds(*timeline(pod(), None, first_token=300))[-1] == ("first_token", 60)


def test_an_engine_that_generated_a_token_had_started_however_late_its_pod_is_ready_again() -> None:
    assert seconds(*timeline(pod(), None, first_token=230))[-2:] == [("engine", 230), ("first_token", 0)]


def test_a_first_token_of_a_pod_that_is_not_ready_or_started_again_is_no_stage() -> None:
    for one in (pod(ready=False), pod(restarts=1)):
        assert "first_token" not in dict(seconds(*timeline(one, None, first_token=300)))


def test_each_stage_has_the_prediction_of_its_pieces() -> None:
    predicted = ColdStart(pieces=[piece(name, 10 * place) for place, name in enumerate(Name)])
    found = timeline(pod(), launch(), first_token=300, predicted=predicted)
    assert [one.predicted and one.predicted.expected for one in found] == [0, 10, 20, 30 + 40 + 50 + 60, None]
    unknown = ColdStart(pieces=[piece(name, None if name is Name.COMPILE else 1) for name in Name])
    assert [bool(one.predicted) for one in timeline(pod(), launch(), predicted=unknown)] == [True, True, True, False]


def piece(name: Name, expected: float | None) -> Piece:
    """A piece of so many seconds."""
    found = None if expected is None else Seconds(low=0, expected=expected, high=2 * expected)
    return Piece(name=name, seconds=found, basis="given")


def test_of_a_container_that_started_again_the_first_start_is_not_known() -> None:
    assert seconds(*timeline(pod(restarts=1), None)) == [("image_pull", None)]


def test_a_claim_that_has_not_joined_or_launched_says_nothing() -> None:
    assert objects.launch(claim(0, 5, status="False")) is None
    assert objects.launch({**claim(0, 5), "status": {}}) is None
