"""The chart repository of the rehearsal: an ``index.yaml`` and archives in the cache, made on first use.

https://helm.sh/docs/topics/chart_repository/ describes the format. Every chart is listed under the version that the
program installs in production, so that the program's own input need not change; its annotations have the module.
"""

import datetime as dt
import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from rehearsal.charts import packaging
from rehearsal.charts.chart_list import Chart, GoModuleChart, from_modules
from rehearsal.charts.modules import module_folder
from rehearsal.engine.locking import exclusive
from rehearsal.engine.toolchain import cache_directory, writable_cache

INDEX = "index.yaml"
# Helm shows when a chart was made; a fixed time keeps the index the same each time.
_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).isoformat()


def archive_name(chart: Chart) -> str:
    """File name of a chart's archive."""
    return f"{chart.name}-{chart.pin}.tgz"


def file_names() -> set[str]:
    """Names of all its files."""
    return {INDEX, *(archive_name(chart) for chart, _ in from_modules())}


def folder() -> Path:
    """The repository's folder, for the charts as they are listed now, whether it was made yet or not."""
    listed = [asdict(chart) for chart, _ in from_modules()]
    code = Path(packaging.__file__).read_bytes()
    digest = hashlib.sha256(json.dumps(listed, sort_keys=True).encode() + code).hexdigest()[:20]
    return cache_directory() / "charts" / digest


def prepare() -> Path:
    """Make the repository if it is not there yet, and return its folder.

    Raises:
        ToolchainError: a module cannot be downloaded, or the cache cannot be written.
        ValueError: a module does not have the chart as it is listed.
    """
    target = folder()
    if target.exists():
        return target
    writable_cache()
    with exclusive(target.with_name(target.name + ".lock"), "charts are being packaged"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".charts.") as temporary:
                staging = Path(temporary) / "repository"
                staging.mkdir()
                _fill(staging)
                staging.rename(target)
    return target


def _fill(target: Path) -> None:
    entries: dict[str, list[dict[str, Any]]] = {}
    for chart, source in from_modules():
        content = _packaged(chart, source)
        (target / archive_name(chart)).write_bytes(content)
        entry = {
            "apiVersion": "v2",
            "name": chart.name,
            "version": chart.pin,
            "appVersion": chart.pin,
            "annotations": {packaging.MODULE: source.module, packaging.MODULE_VERSION: source.version},
            "created": _MADE,
            "digest": hashlib.sha256(content).hexdigest(),
            "urls": [archive_name(chart)],
        }
        entries[chart.name] = [entry]
    index = {"apiVersion": "v1", "generated": _MADE, "entries": entries}
    (target / INDEX).write_text(yaml.safe_dump(index, sort_keys=False), encoding="utf-8")


def _packaged(chart: Chart, source: GoModuleChart) -> bytes:
    where = module_folder(source.module) / source.folder
    return packaging.package(where, version=chart.pin, module=source.module, values=source.values)
