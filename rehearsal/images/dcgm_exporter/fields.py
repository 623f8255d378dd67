"""DCGM fields that the exporter shows: the default list of its image, or a file that names others.

The format is that of etc/default-counters.csv (github.com/NVIDIA/dcgm-exporter): field, type, help; ``#`` begins a comment.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

TYPES = ("gauge", "counter", "label")


class FieldError(Exception):
    """A list of fields that cannot be used; the message has line and reason."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field."""

    name: str
    type: str
    """``gauge``, ``counter``, or ``label``: a label of all the others."""
    help: str


def parse(text: str, source: str) -> list[Field]:
    """The fields of a list.

    Args:
        text: Its content.
        source: Its path, for messages.

    Raises:
        FieldError: a line is not a field, or its field is not one that is emulated.
    """
    rows = enumerate(csv.reader(text.splitlines(), skipinitialspace=True), start=1)
    return [_field(row, f"{source}, line {number}") for number, row in rows if any(row) and not row[0].startswith("#")]


def _field(row: list[str], where: str) -> Field:
    if len(row) != len(("name", "type", "help")):
        raise FieldError(f"{where}: malformed, {len(row)} values instead of field, type, help")
    name, kind, about = (word.strip() for word in row)
    if kind not in TYPES:
        raise FieldError(f"{where}: {name} has type {kind!r}, which is not one of {', '.join(TYPES)}")
    if name not in KNOWN:
        raise FieldError(
            f"{where}: the rehearsal does not emulate {name}; rehearsal/images/dcgm_exporter/fields.py has those it does"
        )
    return Field(name=name, type=kind, help=about)


def read(path: Path | None) -> list[Field]:
    """The fields of a file; without one, those of the image's own list.

    Raises:
        FieldError: the file is missing, or has a line that is not a field.
    """
    if path is None:
        return list(DEFAULT)
    try:
        return parse(path.read_text(), str(path))
    except OSError as error:
        raise FieldError(f"{path}: {error.strerror}") from None


def _fields(rows: Iterable[tuple[str, str, str]]) -> tuple[Field, ...]:
    return tuple(Field(name=f"DCGM_FI_{name}", type=kind, help=about) for name, kind, about in rows)


DEFAULT = _fields(
    (
        ("DEV_SM_CLOCK", "gauge", "SM clock frequency (in MHz)."),
        ("DEV_MEM_CLOCK", "gauge", "Memory clock frequency (in MHz)."),
        ("DEV_MEMORY_TEMP", "gauge", "Memory temperature (in C)."),
        ("DEV_GPU_TEMP", "gauge", "GPU temperature (in C)."),
        ("DEV_POWER_USAGE", "gauge", "Power draw (in W)."),
        ("DEV_TOTAL_ENERGY_CONSUMPTION", "counter", "Total energy consumption since boot (in mJ)."),
        ("DEV_PCIE_REPLAY_COUNTER", "counter", "Total number of PCIe retries."),
        ("DEV_GPU_UTIL", "gauge", "GPU utilization (in %)."),
        ("DEV_MEM_COPY_UTIL", "gauge", "Memory utilization (in %)."),
        ("DEV_ENC_UTIL", "gauge", "Encoder utilization (in %)."),
        ("DEV_DEC_UTIL", "gauge", "Decoder utilization (in %)."),
        ("DEV_XID_ERRORS", "gauge", "Value of the last XID error encountered."),
        ("DEV_FB_FREE", "gauge", "Framebuffer memory free (in MiB)."),
        ("DEV_FB_USED", "gauge", "Framebuffer memory used (in MiB)."),
        ("DEV_FB_RESERVED", "gauge", "Framebuffer memory reserved (in MiB)."),
        ("DEV_NVLINK_BANDWIDTH_TOTAL", "counter", "Total number of NVLink bandwidth counters for all lanes."),
        ("DEV_VGPU_LICENSE_STATUS", "gauge", "vGPU License status"),
        ("DEV_UNCORRECTABLE_REMAPPED_ROWS", "counter", "Number of remapped rows for uncorrectable errors"),
        ("DEV_CORRECTABLE_REMAPPED_ROWS", "counter", "Number of remapped rows for correctable errors"),
        ("DEV_ROW_REMAP_FAILURE", "gauge", "Whether remapping of rows has failed"),
        ("DRIVER_VERSION", "label", "Driver Version"),
        ("PROF_GR_ENGINE_ACTIVE", "gauge", "Ratio of time the graphics engine is active."),
        ("PROF_PIPE_TENSOR_ACTIVE", "gauge", "Ratio of cycles the tensor (HMMA) pipe is active."),
        (
            "PROF_DRAM_ACTIVE",
            "gauge",
            "Ratio of cycles the device memory interface is active sending or receiving data.",
        ),
        (
            "PROF_PCIE_TX_BYTES",
            "gauge",
            "The rate of data transmitted over the PCIe bus, headers included (in bytes per second).",
        ),
        (
            "PROF_PCIE_RX_BYTES",
            "gauge",
            "The rate of data received over the PCIe bus, headers included (in bytes per second).",
        ),
    )
)
"""etc/default-counters.csv of release 4.8.2."""
KNOWN: Mapping[str, Field] = MappingProxyType({field.name: field for field in DEFAULT})
