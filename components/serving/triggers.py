"""Triggers of a ScaledObject: what KEDA queries Prometheus for, and from which value on it scales.

A query without a result is an error of KEDA's scaler (``ignoreNullValues: "false"``), after which replicas stay as they are. So zero
is said only where it is known: no engine is a target while there is no replica, and the gateway answers its scrapes.
"""

from collections.abc import Iterator

from monitoring.rules.counters import begun
from settings.derived.autoscaling.decisions import Decision
from settings.derived.autoscaling.names import ACTIVITY
from settings.derived.monitoring.names import NAMESPACE, PROMETHEUS, PROMETHEUS_PORT
from settings.models.services.autoscale import AutoscaleSettings, ScheduledReplicas
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import OllamaSettings

SERVER = f"http://{PROMETHEUS}.{NAMESPACE}.svc.cluster.local:{PROMETHEUS_PORT}"
WINDOW_SECONDS = 120
"""Range of rates: at least two samples of a scrape every 30 s, whichever one is missed."""
HELD_WINDOWS = 5
"""Times the range of rates: how long after a hold an answer may still end that began in it, ten minutes."""
NEVER = 1_000_000
"""Threshold of a trigger that only keeps the last replica: it never makes the HPA add one."""

Trigger = dict[str, object]


def triggers(
    public: str,
    service: ServiceSettings,
    autoscale: AutoscaleSettings,
    found: Decision,
    *,
    window: int = WINDOW_SECONDS,
) -> list[Trigger]:
    """The triggers of a service.

    Args:
        public: its public name, by which metrics name it.
        service: its settings.
        autoscale: those of its autoscaling.
        found: its thresholds.
        window: range of rates, in seconds.
    """
    ranged = f"{window}s"
    return [
        *(
            _of_ollama(public, found, window)
            if isinstance(service, OllamaSettings)
            else _of_vllm(public, autoscale, found, ranged)
        ),
        *(_cron(place, one) for place, one in enumerate(autoscale.schedule)),
        *([] if autoscale.min else [_prometheus(ACTIVITY, activity(public, ranged), NEVER)]),
    ]


def waiting(public: str, *, from_zero: bool) -> str:
    """Requests that wait in the engines of a service."""
    return _of_engines(f'sum(vllm:num_requests_waiting{{service="{public}"}})', public, from_zero=from_zero)


def saturation(public: str, max_num_seqs: int | None, *, from_zero: bool) -> str:
    """Saturated replicas of a service: the sum over its engines of slots or KV cache in use, whichever is the larger share."""
    cache = f'vllm:kv_cache_usage_perc{{service="{public}"}}'
    slots = f'(vllm:num_requests_running{{service="{public}"}} / {max_num_seqs})'
    share = f"({cache} > {slots}) or {slots}" if max_num_seqs else cache
    return _of_engines(f"sum(avg by (pod) ({share}))", public, from_zero=from_zero)


def first_token(public: str, window: str) -> str:
    """Seconds to the first token in the engines of a service, 95th percentile; 0 without a request."""
    return _percentile(f'vllm:time_to_first_token_seconds_bucket{{service="{public}"}}', window)


def first_token_at_gateway(public: str, window: int) -> str:
    """The same as the gateway measures it, in a ``window`` of seconds; 0 while held requests may be among them.

    Their time has that of a start in it, which no further replica makes shorter. They are counted when their answers end.
    """
    held = f'max_over_time(llm_gateway_held_requests{{model="{public}"}}[{HELD_WINDOWS * window}s]) > 0'
    return _percentile(
        f'llm_gateway_first_token_seconds_bucket{{model="{public}"}}', f"{window}s", unless=f" unless on() ({held})"
    )


def held(public: str) -> str:
    """Requests that the gateway holds until a service has a replica."""
    return _at_gateway(f'sum(llm_gateway_held_requests{{model="{public}"}})')


def at_gateway(public: str) -> str:
    """Requests of a service that the gateway holds, or that are at an engine."""
    return _at_gateway(f'sum({{__name__=~"llm_gateway_held_requests|llm_gateway_in_flight",model="{public}"}})')


def activity(public: str, window: str) -> str:
    """Requests of a service that run, or ended a short while ago.

    ``increase`` is 0 for the first of a series, which begins at 1: of a tenant, a code, or a gateway's pod, and again once its
    container has restarted. Such a series was not there at the window's begin, or has fewer samples in it than its pod was read.
    """
    counted = f'llm_gateway_requests_total{{model="{public}"}}'
    read = f'min by (pod) (sum_over_time(up{{job="gateway"}}[{window}]))'
    began = f"{begun(counted, window)} or "
    began += f"{counted} and count_over_time({counted}[{window}]) < on (pod) group_left () {read}"
    now = f'(sum(llm_gateway_in_flight{{model="{public}"}}) or vector(0))'
    ended = f"(sum(increase({counted}[{window}])) or vector(0)) + (sum({began}) or vector(0))"
    return f'({now} + {ended}) and on() (up{{job="gateway"}} == 1)'


def _of_vllm(public: str, autoscale: AutoscaleSettings, found: Decision, window: str) -> Iterator[Trigger]:
    from_zero = autoscale.min == 0
    yield _prometheus("queue", waiting(public, from_zero=from_zero), found.queue.requests)
    query = saturation(public, found.max_num_seqs, from_zero=from_zero)
    yield _prometheus("saturation", query, found.saturation_ratio)
    if from_zero:
        yield _prometheus("held", held(public), found.held_requests)
    if found.ttft_p95_seconds:
        yield _prometheus("first-token", first_token(public, window), found.ttft_p95_seconds, metric_type="Value")


def _of_ollama(public: str, found: Decision, window: int) -> Iterator[Trigger]:
    yield _prometheus("requests", at_gateway(public), found.queue.requests)
    if found.ttft_p95_seconds:
        yield _prometheus(
            "first-token", first_token_at_gateway(public, window), found.ttft_p95_seconds, metric_type="Value"
        )


def _prometheus(name: str, query: str, threshold: float, *, metric_type: str = "AverageValue") -> Trigger:
    """A trigger by a query; above nothing at all it is active.

    Fields: https://keda.sh/docs/2.21/scalers/prometheus/.
    """
    return {
        "type": "prometheus",
        "name": name,
        "metricType": metric_type,
        "metadata": {
            "serverAddress": SERVER,
            "query": query,
            "threshold": f"{threshold:g}" if threshold < NEVER else str(NEVER),
            "activationThreshold": "0",
            "ignoreNullValues": "false",
        },
    }


def _cron(place: int, one: ScheduledReplicas) -> Trigger:
    """A trigger by time: https://keda.sh/docs/2.21/scalers/cron/."""
    return {
        "type": "cron",
        "name": f"schedule-{place}",
        "metadata": {
            "timezone": one.timezone,
            "start": one.start,
            "end": one.end,
            "desiredReplicas": str(one.replicas),
        },
    }


def _percentile(buckets: str, window: str, *, unless: str = "") -> str:
    """The 95th percentile of a histogram; NaN, since nothing was counted, counts as 0."""
    return f"(histogram_quantile(0.95, sum by (le) (rate({buckets}[{window}]))) >= 0){unless} or vector(0)"


def _of_engines(query: str, public: str, *, from_zero: bool) -> str:
    """A sum over the engines of a service: 0 where it may have none, and has none.

    A pod that is not ready is no target of Prometheus either, but then requests run that the gateway has sent to it.
    """
    there = f'(up{{job="engines",service="{public}"}} or llm_gateway_in_flight{{model="{public}"}} > 0)'
    return f"{query} or (vector(0) unless on() {there})" if from_zero else query


def _at_gateway(query: str) -> str:
    """A sum of the gateway's series: 0 where it has none of a service yet, and nothing while Prometheus does not read it."""
    return f'{query} or (vector(0) and on() (up{{job="gateway"}} == 1))'
