"""Metrics of the gateway's policy, from its own registry."""

from prometheus_client import Counter, Gauge, Histogram

from gateway.policy import metrics
from tools.metric_lists.metric import Kind, Metric, exposed, listing

_KINDS: dict[type, Kind] = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}


def page() -> str:
    """The list as JSON."""
    return listing(
        "gateway/policy/metrics.py", [_metric(each) for each in vars(metrics).values() if type(each) in _KINDS]
    )


def _metric(shown: Counter | Gauge | Histogram) -> Metric:
    kind = _KINDS[type(shown)]
    (described,) = shown.describe()
    buckets = tuple(shown._upper_bounds[:-1]) if isinstance(shown, Histogram) else None  # noqa: SLF001  no public way
    labels = tuple(shown._labelnames)  # noqa: SLF001  describe() has no labels
    return Metric(name=exposed(described.name, kind), kind=kind, labels=labels, buckets=buckets)
