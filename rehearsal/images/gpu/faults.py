"""Faults of a node's GPUs, which ``rehearse chaos`` sets and the emulated DCGM exporter shows."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from workspace.files import write_atomically

_FILE = "gpu-faults.json"


@dataclass(frozen=True, kw_only=True)
class GpuFault:
    """What is wrong with one GPU.

    Attributes:
        xid: Last XID error (https://docs.nvidia.com/deploy/xid-errors/); 0: none so far.
        temperature: Degrees Celsius; None: as its load makes it.
    """

    xid: int = 0
    temperature: float | None = None


def read(node: Path) -> dict[int, GpuFault]:
    """Faults by index of the GPU; empty where none is set.

    Args:
        node: Folder of the node.
    """
    file = node / _FILE
    if not file.exists():
        return {}
    return {int(index): GpuFault(**fault) for index, fault in json.loads(file.read_text()).items()}


def write(node: Path, faults: Mapping[int, GpuFault]) -> None:
    """Replace the faults of all GPUs of a node; an empty map clears them."""
    node.mkdir(parents=True, exist_ok=True)
    write_atomically(node / _FILE, json.dumps({index: asdict(fault) for index, fault in faults.items()}))
