"""One metric of a list, and the JSON of a whole list."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric as its exporter shows it.

    Attributes:
        name: Name of its series; of a histogram the name before ``_bucket``, ``_sum`` and ``_count``.
        kind: Its type.
        labels: Names of the labels that the exporter sets, without ``le``; None: it computes them.
        condition: When the exporter has it; empty: always.
        values: The values of a label, where the source has a fixed list of them.
        buckets: Upper bounds of a histogram, without infinity, or how they come about; None: unknown.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...] | None = ()
    condition: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    buckets: tuple[float, ...] | str | None = None

    def content(self) -> dict[str, Any]:
        """What the list has of it; what is empty is omitted."""
        found: dict[str, Any] = {"type": self.kind, "labels": None if self.labels is None else list(self.labels)}
        if self.condition:
            found["condition"] = self.condition
        if self.values:
            found["values"] = {label: list(values) for label, values in self.values.items()}
        if self.buckets is not None:
            found["buckets"] = self.buckets if isinstance(self.buckets, str) else list(self.buckets)
        return found


def exposed(name: str, kind: Kind) -> str:
    """The name under which prometheus_client shows a metric: a counter's ends with ``_total``."""
    return f"{name.removesuffix('_total')}_total" if kind == "counter" else name


def listing(source: str, metrics: Iterable[Metric]) -> str:
    """A list as JSON, one metric a line in the order of their names, the same for the same metrics."""
    by_name = {metric.name: metric for metric in metrics}
    lines = [f" {json.dumps(name)}: {json.dumps(by_name[name].content())}" for name in sorted(by_name)]
    return f'{{"source": {json.dumps(source)},\n"metrics": {{\n' + ",\n".join(lines) + "\n}}\n"
