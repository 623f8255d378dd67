"""Names, types and labels of the metrics that rules and dashboards may use, one list for each source of metrics.

``python -m tools.metric_lists`` makes the lists from the sources that each names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
_HISTOGRAM = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric as its exporter shows it.

    Attributes:
        name: Name of its series; of a histogram the name before ``_bucket``, ``_sum`` and ``_count``.
        type: counter, gauge or histogram.
        labels: Names of the labels that the exporter sets, without ``le``; None: it computes them.
        condition: When the exporter has it; empty: always.
        values: The values of a label, where the exporter has a fixed list of them.
        buckets: Upper bounds of a histogram, without infinity, or how they come about; None: unknown.
    """

    name: str
    type: str
    labels: Sequence[str] | None
    condition: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    buckets: Sequence[float] | str | None = None

    def series(self) -> dict[str, frozenset[str] | None]:
        """Labels by name of each series that it has; None where they are not known."""
        labels = None if self.labels is None else frozenset(self.labels)
        if self.type != "histogram":
            return {self.name: labels}
        bucket = None if labels is None else labels | {"le"}
        return {self.name + end: bucket if end == "_bucket" else labels for end in _HISTOGRAM}


@cache
def metrics(name: str) -> dict[str, Metric]:
    """The metrics of one list by their names; ``name`` is its file's without ``.json``, such as ``vllm-0.32.0``."""
    content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return {key: Metric(name=key, **value) for key, value in content["metrics"].items()}


@cache
def all_series() -> dict[str, frozenset[str] | None]:
    """Labels by name of every series of every list; None where they are not known."""
    found: dict[str, frozenset[str] | None] = {}
    for path in sorted(FOLDER.glob("*.json")):
        for metric in metrics(path.stem).values():
            for name, labels in metric.series().items():
                before = found.get(name, frozenset())
                found[name] = None if before is None or labels is None else before | labels
    return found
