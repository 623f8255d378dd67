"""Files in which the two policy processes keep their metrics, and the supervisor's view of all of them.

The folder is prometheus_client's `PROMETHEUS_MULTIPROC_DIR`, which the supervisor sets for its processes. Each process has
the files of its number: one that is started again goes on with the counts of the one before, and no file is left over.
"""

import math
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

GONE = math.nan
"""Value of a gauge's series that is no more: the library cannot remove one of several processes."""


def keep_as(number: int) -> None:
    """Keep this process's metrics in the files of process `number`; to be called before `metrics` is imported."""
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]


def ended(folder: Path, number: int) -> None:
    """Forget what process `number` had of gauges; its counters stay."""
    mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]


def text(folder: Path) -> str:
    """The metrics of both processes in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Present(folder))
    return generate_latest(registry).decode()


class _Present:
    """The series of a folder's files that are not gone."""

    def __init__(self, folder: Path) -> None:
        self._all = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]

    def collect(self) -> Iterable[Metric]:
        """The metrics."""
        for metric in self._all.collect():  # type: ignore[no-untyped-call]
            metric.samples = [each for each in metric.samples if not math.isnan(each.value)]
            yield metric
