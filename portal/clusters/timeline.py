"""The stages of a pod's cold start, from what the API server says of pod, node and NodeClaim and Prometheus of its engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from planner.coldstart.pieces import ColdStart, Name, Seconds
from portal.clusters.objects import Launch, Pod

ENGINE = "engine"
"""Weights, initialization, compile and graph capture together: only the engine's log tells them apart."""
FIRST_GENERATED = "first_token"
"""From readiness to the first generated token."""
_PIECES: Final = {
    **{name.value: (name,) for name in (Name.NODE_LAUNCH, Name.NODE_READY, Name.IMAGE_PULL)},
    ENGINE: (Name.WEIGHTS_LOAD, Name.ENGINE_INIT, Name.COMPILE, Name.GRAPH_CAPTURE),
}
"""The planner's pieces of each stage; it has none of the first token, which waits for a request."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage."""

    name: str
    """As the planner calls the piece, or :data:`ENGINE` or :data:`FIRST_GENERATED`."""
    seconds: float | None
    """How long it took; None while it lasts."""
    predicted: Seconds | None = None
    """How long the planner says that it takes; None where it does not say."""


def timeline(
    pod: Pod, launch: Launch | None, *, first_token: float | None = None, predicted: ColdStart | None = None
) -> Sequence[Stage]:
    """The stages that a pod has begun, in order; the first token only once it is known.

    Args:
        pod: The pod.
        launch: When its node was launched; None where it is not known, or the node was there before the pod.
        first_token: Seconds from the start of its container until Prometheus found a generated token; None where it has none.
        predicted: Prediction of a start on the type of its node; None where there is none.
    """
    return [
        replace(stage, predicted=_predicted(predicted, stage.name)) for stage in _measured(pod, launch, first_token)
    ]


def _measured(pod: Pod, launch: Launch | None, first_token: float | None) -> list[Stage]:
    waited = launch is not None and launch.claimed_at >= pod.created_at
    launched = launch.launched_at if launch and waited else None
    stages: list[Stage] = []
    if launched:
        stages.append(_stage(Name.NODE_LAUNCH, pod.created_at, launched))
        stages.append(_stage(Name.NODE_READY, launched, pod.scheduled_at))
    if pod.scheduled_at:
        stages.append(_stage(Name.IMAGE_PULL, pod.scheduled_at, pod.started_at))
    if pod.started_at:
        ready = (pod.ready_at - pod.started_at).total_seconds() if pod.ready_at else None
        if ready is None or first_token is None:
            stages.append(Stage(name=ENGINE, seconds=ready))
        else:
            # A pod that was not ready for a while has its last readiness only; what generated a token had started.
            engine = min(ready, first_token)
            stages.append(Stage(name=ENGINE, seconds=engine))
            stages.append(Stage(name=FIRST_GENERATED, seconds=first_token - engine))
    return stages


def _predicted(found: ColdStart | None, stage: str) -> Seconds | None:
    pieces = _PIECES.get(stage, ())
    return found.of(*pieces) if found and pieces and not set(pieces) & set(found.unknown) else None


def _stage(name: Name, start: datetime, end: datetime | None) -> Stage:
    return Stage(name=name.value, seconds=max(0.0, (end - start).total_seconds()) if end else None)
