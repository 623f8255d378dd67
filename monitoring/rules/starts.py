"""Cold starts: how long each engine took from its container's start until it answered and until its first token, and an alert."""

from monitoring.rules.rule import Alert, Group, Record
from monitoring.rules.services import setting

ENGINE_START = "llm:engine_start_seconds"
"""Seconds from the start of an engine's container until Prometheus found it answering, for an hour after that; by service and pod."""
FIRST_GENERATED = "llm:engine_first_token_seconds"
"""Seconds from the start of an engine's container until Prometheus found a first generated token, likewise; by service and pod."""
_ANSWERING = 'timestamp(up{job="engines"} == 1)'
_GENERATED = "timestamp(vllm:generation_tokens_total > 0)"
_WATCHED = 'count_over_time(up{job=~"prometheus|kubelet"}[90s] offset 90s)'
"""Whether Prometheus was there shortly before, and read itself or, where it is another one, a kubelet, which has the starts of containers.
Not right before: it reads each target within half a minute of its own start."""
_STARTED = 'max by (pod) (container_start_time_seconds{container=~"vllm|ollama"} > time() - 1h)'


def group() -> Group:
    """The rules."""
    # A container that started again was seen before its start: the difference is negative, and no start of that hour.
    records = (
        Record(name=name, expr=f"(({_first(seen)}) - on (pod) group_left () {_STARTED}) > 0")
        for name, seen in ((ENGINE_START, _ANSWERING), (FIRST_GENERATED, _GENERATED))
    )
    return Group(name="llm-starts", rules=(*records, _slow()))


def _first(seen: str) -> str:
    """When something was first seen of each pod in the last hour; nothing where Prometheus was away until then, and it may be older."""
    first = _earliest(seen)
    return f"{first} unless on (service, pod) ({_earliest(f'{seen} unless on () {_WATCHED}')} <= on (service, pod) {first})"


def _earliest(seen: str) -> str:
    return f"min by (service, pod) (min_over_time(({seen})[1h:30s]))"


def _slow() -> Alert:
    predicted = setting("start_seconds")
    return Alert(
        name="LlmStartSlow",
        expr=f"max by (service) ({ENGINE_START}) > on (service) max by (service) ({predicted})",
        lasting="1m",
        severity="info",
        summary='{{ $labels.service }}: its engine took {{ $value | printf "%.0f" }} s to start, more than was predicted',
        description=(
            "Predicted is the slow end of what was published for its model and GPU (docs/startup.md), from the start of the container "
            "on. Scale-ups take as long, and the startup probe allows half as much again."
        ),
    )
