"""How long autoscaling takes a start to last."""

from typing import Any

from settings.derived.autoscaling.starts import ReplicaStart, replica_start
from settings.derived.coldstart import cold_starts
from settings.derived.plan import StackPlan
from settings.derived.timeouts import Timing
from settings.loading.parse import parse
from settings.models.services.base import ServiceSettings
from tests.settings.bad_settings import PLATFORM


def made(**changes: Any) -> tuple[ServiceSettings, StackPlan]:
    raw = {**PLATFORM, "services": {"small": {**PLATFORM["services"]["small"], **changes}}}
    found = parse(raw, stack="dev")
    return found.settings.services["small"], found.plan


def test_it_is_the_planners_prediction_and_not_what_deadlines_allow() -> None:
    service, plan = made()
    pool, timing = plan.pool(service.pool), plan.timings["small"]
    known = [one.first.known for one in cold_starts(service, pool)]  # type: ignore[arg-type]
    found = replica_start(service, pool, timing)
    assert found.expected >= max(one.expected for one in known) > found.expected - 1
    assert found.slow >= max(one.high for one in known) > found.slow - 1
    assert found.expected < found.slow < timing.node + timing.expected


def test_without_every_piece_it_is_what_deadlines_allow() -> None:
    service, plan = made(image=f"registry.example.com/own/engine:v0.32.0@sha256:{'a' * 64}")
    timing = Timing(expected=500, startup=900, mirror=0, node=1000)
    assert replica_start(service, plan.pool(service.pool), timing) == ReplicaStart(expected=1500, slow=1500)
