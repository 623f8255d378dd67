"""The stages of a pod's cold start, from what the cluster's API says of pod, node and NodeClaim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from planner.coldstart.pieces import Name
from portal.clusters.objects import Launch, Pod

ENGINE = "engine"
"""Weights, initialization, compile and graph capture together: only the engine's log tells them apart."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage."""

    name: str
    """As the planner calls the piece, or :data:`ENGINE`."""
    seconds: float | None
    """How long it took; None while it lasts."""


def timeline(pod: Pod, launch: Launch | None) -> Sequence[Stage]:
    """The stages that a pod has begun, in order.

    Args:
        pod: The pod.
        launch: When its node was launched; None where it is not known, or the node was there before the pod.
    """
    waited = launch is not None and launch.claimed_at >= pod.created_at
    launched = launch.launched_at if launch and waited else None
    stages: list[Stage] = []
    if launched:
        stages.append(_stage(Name.NODE_LAUNCH, pod.created_at, launched))
        stages.append(_stage(Name.NODE_READY, launched, pod.scheduled_at))
    if pod.scheduled_at:
        stages.append(_stage(Name.IMAGE_PULL, pod.scheduled_at, pod.started_at))
    if pod.started_at:
        seconds = (pod.ready_at - pod.started_at).total_seconds() if pod.ready_at else None
        stages.append(Stage(name=ENGINE, seconds=seconds))
    return stages


def _stage(name: Name, start: datetime, end: datetime | None) -> Stage:
    return Stage(name=name.value, seconds=max(0.0, (end - start).total_seconds()) if end else None)
