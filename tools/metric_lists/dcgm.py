"""Metrics of NVIDIA's DCGM exporter, read from the table of fields that its image has by default."""

import csv
from collections.abc import Iterator
from typing import Final

from tools.metric_lists.metric import Kind, Metric, listing

_GPU: Final = ("gpu", "UUID", "pci_bus_id", "device", "modelName", "GPU_I_PROFILE", "GPU_I_ID", "hostname")
"""Labels of a GPU's series (internal/pkg/rendermetrics/render_metrics.go): MIG instances have the two in capitals."""
_POD: Final = ("container", "namespace", "pod")
"""Labels of the pod that has the GPU (internal/pkg/transformation/const.go)."""
_OF_FIELD: Final = {"DCGM_FI_DEV_XID_ERRORS": ("err_code", "err_msg")}
"""Further labels (internal/pkg/collector/gpu_collector.go)."""
_PROFILING: Final = "DCGM_FI_PROF_"
_KINDS: Final[dict[str, Kind]] = {"counter": "counter", "gauge": "gauge"}


class CountersError(Exception):
    """The file is not a table of fields."""


def dcgm_list(version: str, text: str) -> str:
    """The list as JSON, from the text of ``etc/default-counters.csv`` of that version.

    Raises:
        CountersError: it has no fields.
    """
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row and row[0][:1] != "#"]
    fields = [row for row in rows if len(row) >= 3 and row[0].startswith("DCGM_")]
    if not fields:
        raise CountersError("no fields of DCGM: give etc/default-counters.csv of NVIDIA/dcgm-exporter")
    return listing(f"NVIDIA/dcgm-exporter {version}: etc/default-counters.csv", _metrics(fields))


def _metrics(fields: list[list[str]]) -> Iterator[Metric]:
    constant = tuple(name for name, kind, *_ in fields if kind == "label")
    for name, kind, *_ in fields:
        if kind in _KINDS:
            labels = (*_GPU, *_POD, *constant, *_OF_FIELD.get(name, ()))
            condition = "a data centre GPU, and a container that may profile it" if name.startswith(_PROFILING) else ""
            yield Metric(name=name, kind=_KINDS[kind], labels=labels, condition=condition)
