"""Charts as archives: a chart's folder under its production version, the same bytes each time."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

MODULE = "llm-platform/go-module"
MODULE_VERSION = "llm-platform/chart-version-in-module"
"""Annotations of a packaged chart: the module it is from, and the version that it has there."""


def package(folder: Path, *, version: str, module: str, values: Mapping[str, str]) -> bytes:
    """The ``.tgz`` of the chart in ``folder``, called ``version``, with some default values replaced.

    Raises:
        ValueError: the folder is not a chart, or has no such default value.
    """
    try:
        chart = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{folder}: not a chart: Chart.yaml is missing") from None
    annotations = {**(chart.get("annotations") or {}), MODULE: module, MODULE_VERSION: str(chart["version"])}
    described = {**chart, "version": version, "appVersion": version, "annotations": annotations}
    replaced = {"Chart.yaml": yaml.safe_dump(described, sort_keys=False)}
    if values:
        replaced["values.yaml"] = _with_values(folder / "values.yaml", values)
    return _archive(folder, chart["name"], replaced)


def _with_values(file: Path, values: Mapping[str, str]) -> str:
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for path, value in values.items():
        *parents, last = path.split(".")
        where = document
        for key in parents:
            where = where.get(key, {})
        if last not in where:
            raise ValueError(f"{file}: no default value {path}")
        where[last] = value
    return yaml.safe_dump(document, sort_keys=False)


def _archive(folder: Path, name: str, replaced: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            inside = path.relative_to(folder).as_posix()
            content = replaced[inside].encode() if inside in replaced else path.read_bytes()
            entry = tarfile.TarInfo(f"{name}/{inside}")
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
