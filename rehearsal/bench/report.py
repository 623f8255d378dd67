"""Markdown tables with the facts of the machine they were measured on."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from planner.units import GIB
from workspace.files import write_atomically


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def machine() -> str:
    """One line: when, on what."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor() or platform.machine(),
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores ({model}), "
        f"{psutil.virtual_memory().total / GIB:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"
    )


def store(folder: Path, name: str, text: str) -> Path:
    """Write one report below ``folder``."""
    path = folder / f"{name}.md"
    write_atomically(path, text, mode=0o644)
    return path
