"""Settings by which KEDA decides how many pods a service has, in place of a fixed number.

Fields and their meaning are those of KEDA's ScaledObject: https://keda.sh/docs/2.21/reference/scaledobject-spec/.
"""

import re
import zoneinfo
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from planner.shown import as_yaml
from settings.models.base import Requestable, SettingsModel, Text

MOST_REPLICAS = 100
MOST_DOWN_SECONDS = 3600
"""Longest stabilization window that an HPA takes
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/)."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CRON: Mapping[str, tuple[int, int, tuple[str, ...]]] = MappingProxyType(
    {
        "minute": (0, 59, ()),
        "hour": (0, 23, ()),
        "day of the month": (1, 31, ()),
        "month": (1, 12, _MONTHS),
        "day of the week": (0, 6, _DAYS),
    }
)
"""Fields of a cron expression as KEDA reads it (robfig/cron, ``ParseStandard``): least, most, and names instead of numbers."""
_PART = re.compile(r"(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>\d{1,2}))?", re.ASCII)
_EXAMPLE = 'write it like "0 8 * * 1-5", with minute, hour, day of the month, month and day of the week'


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int | None:
    if text.lower() in names:
        return names.index(text.lower()) + least
    return int(text) if text.isdecimal() and len(text) <= 2 and least <= int(text) <= most else None


def _is_part(text: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    found = _PART.fullmatch(text)
    if found is None or (found["step"] is not None and int(found["step"]) == 0):
        return False
    if found["first"] == "*":
        return found["last"] is None
    first = _number(found["first"], least, most, names)
    last = first if found["last"] is None else _number(found["last"], least, most, names)
    return first is not None and last is not None and first <= last


def _cron(text: str) -> str:
    fields = text.split(" ")
    if len(fields) != len(_CRON):
        raise ValueError(f"{as_yaml(text)} is not a cron expression of five fields: {_EXAMPLE}")
    for field, (name, (least, most, names)) in zip(fields, _CRON.items(), strict=True):
        if not all(_is_part(part, least, most, names) for part in field.split(",")):
            raise ValueError(f"{as_yaml(text)} has the {name} {as_yaml(field)}, which is none: {_EXAMPLE}")
    return text


def _timezone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise ValueError(f"{as_yaml(name)} is not a time zone: write its name like UTC or Europe/Berlin")
    return name


Cron = Annotated[Text, AfterValidator(_cron), Field(max_length=100)]


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
    def _ends(self) -> Self:
        if self.start == self.end:
            raise ValueError(
                f"start and end are both {as_yaml(self.start)}: KEDA takes no window that ends when it begins"
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
        default=None, gt=0, le=10_000
    )
    """Waiting requests for each replica beyond which there are more; default what the planner proposes for GPU, model and
    length."""
    saturation_ratio: float | None = Field(default=None, gt=0, le=1)
    """Share of its slots (vLLM's ``max_num_seqs``) or of its KV cache in use, whichever is more, beyond which there are more
    replicas and below which there may be fewer; vLLM only. Default 0.8."""
    ttft_p95_seconds: Annotated[float | None, Requestable("Seconds to the first token at most")] = Field(
        default=None, gt=0, le=600
    )
    """Seconds to the first token, 95th percentile, beyond which there are more too; default: it does not count."""
    schedule: Annotated[tuple[ScheduledReplicas, ...], Field(max_length=10)] = ()
    """Times at which it has at least so many pods, whatever is requested."""
    down_after: int | None = Field(default=None, ge=0, le=MOST_DOWN_SECONDS)
    """Seconds for which fewer pods would do before one ends. Default the time that a start is predicted to take, from 300 to 3600: a pod that
    ends sooner is missing while the next one starts."""
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
        for one in self.schedule:
            if not self.min < one.replicas <= self.max:
                raise ValueError(
                    f"schedule has replicas {one.replicas}, and the service has {self.min} to {self.max} anyway: name more than min "
                    "and at most max"
                )
        if self.min == self.max:
            raise ValueError(
                f"min and max are both {self.max}, so nothing is decided: set replicas: {self.max} instead"
            )
        return self
