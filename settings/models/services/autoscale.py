"""Settings by which KEDA decides how many pods a service has, in place of a fixed number.

Fields and their meaning are those of KEDA's ScaledObject: https://keda.sh/docs/2.21/reference/scaledobject-spec/.
"""

import zoneinfo
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from planner.shown import as_yaml
from settings.models.base import Requestable, SettingsModel, Text
from settings.models.services.cron import Cron, times, twice

MOST_REPLICAS = 100
MOST_DOWN_SECONDS = 3600
"""Longest stabilization window that an HPA takes
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/)."""
LEAST_THRESHOLD = 0.001
"""KEDA rounds thresholds to thousandths (``quantityFromFloat64`` in pkg/scalers/scaler.go), and an HPA takes none of 0."""
_START, _END = "0 8 * * 1-5", "0 19 * * 1-5"


_OF_MACHINES = frozenset({"Factory", "localtime"})
"""Names in a machine's database of time zones that KEDA's image does not have, or that mean another zone there."""


def _timezone(name: str) -> str:
    if name not in zoneinfo.available_timezones() - _OF_MACHINES:
        raise ValueError(f"{as_yaml(name)} is not a time zone: write its name like UTC or Europe/Berlin")
    return name


class ScheduledReplicas(SettingsModel):
    """Times at which a service has at least so many pods, such as office hours."""

    start: Cron
    """When they begin, as a cron expression such as "0 8 * * 1-5"."""
    end: Cron
    """When they end, as a cron expression such as "0 19 * * 1-5"."""
    timezone: Annotated[Text, AfterValidator(_timezone)] = "UTC"
    """Time zone of both, such as Europe/Berlin."""
    replicas: int = Field(ge=1, le=MOST_REPLICAS)
    """Pods it has at least between them."""

    @model_validator(mode="after")
    def _take_turns(self) -> Self:
        """KEDA counts as between them whenever the end comes next (``GetMetricsAndActivity`` in pkg/scalers/cron_scaler.go)."""
        if self.start == self.end:
            raise ValueError(
                f"start and end are both {as_yaml(self.start)}: KEDA takes no window that ends when it begins"
            )
        for name, cron in (("start", self.start), ("end", self.end)):
            if next(times(cron), None) is None:
                raise ValueError(f"{name} {as_yaml(cron)} never comes: name a day that its months have")
        if found := twice(self.start, self.end):
            cron, at = found
            name, other = ("start", "end") if cron == self.start else ("end", "start")
            raise ValueError(
                f"{name} {as_yaml(cron)} comes again, such as on {at:%A} at {at:%H:%M}, before the {other} has come, and KEDA counts the "
                f"last one of them only: name as many starts as ends, in turns, like {as_yaml(_START)} and {as_yaml(_END)}"
            )
        return self


class AutoscaleSettings(SettingsModel):
    """How many pods a service has, by what its clients request; KEDA and the Kubernetes HPA decide."""

    min: Annotated[int, Requestable("Fewest replicas")] = Field(default=1, ge=0, le=MOST_REPLICAS)
    """Pods it has at least; 0 ends the last one when nothing is requested, and the gateway holds the request that starts the
    next."""
    max: Annotated[int, Requestable("Most replicas")] = Field(ge=1, le=MOST_REPLICAS)
    """Pods it has at most; its GPUs and its cost are reserved and judged by this."""
    queue_per_replica: Annotated[float | None, Requestable("Waiting requests per replica")] = Field(
        default=None, ge=LEAST_THRESHOLD, le=10_000
    )
    """Waiting requests for each replica beyond which there are more; default what the planner proposes for GPU, model and
    length."""
    saturation_ratio: float | None = Field(default=None, ge=LEAST_THRESHOLD, le=1)
    """Share of its slots (vLLM's ``max_num_seqs``) or of its KV cache in use, whichever is more, beyond which there are more
    replicas and below which there may be fewer; vLLM only. Default 0.8."""
    ttft_p95_seconds: Annotated[float | None, Requestable("Seconds to the first token at most")] = Field(
        default=None, ge=LEAST_THRESHOLD, le=600
    )
    """Seconds to the first token, 95th percentile, beyond which there are more too; default: it does not count."""
    schedule: Annotated[tuple[ScheduledReplicas, ...], Field(max_length=10)] = ()
    """Times at which it has at least so many pods, whatever is requested."""
    down_after: int | None = Field(default=None, ge=0, le=MOST_DOWN_SECONDS)
    """Seconds for which fewer pods would do before one ends. Default half an hour, or the time that a start is predicted to take where that is
    longer, 3600 at most: requests come at random, and a pod that ends sooner is missing while the next one starts."""
    to_zero_after: Annotated[int | None, Requestable("Idle seconds before the last replica ends")] = Field(
        default=None, ge=60, le=86_400
    )
    """Seconds without a request after which the last pod ends; with min 0 only. Default twice the time that a start is
    predicted to take, at least 900 and as long as a slow start."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}: raise max or lower min")
        if self.min and self.to_zero_after is not None:
            raise ValueError(f"to_zero_after counts with min 0 only, and min is {self.min}: omit it, or set min: 0")
        for place, one in enumerate(self.schedule):
            if not self.min < one.replicas <= self.max:
                raise ValueError(
                    f"schedule[{place}].replicas is {one.replicas}, and the service has {self.min} to {self.max} anyway: name more than min "
                    "and at most max"
                )
        if self.min == self.max:
            raise ValueError(
                f"min and max are both {self.max}, so nothing is decided: set replicas: {self.max} instead"
            )
        return self
