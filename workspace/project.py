"""Pulumi.yaml of a generated workspace: the program's own, with ``main`` pointing back at the program."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from workspace.files import write_atomically

PROJECT_FILE = "Pulumi.yaml"


def read_project(program: Path) -> dict[str, Any]:
    """Return the Pulumi.yaml in the folder of the program.

    Raises:
        OSError: it cannot be read.
    """
    project: dict[str, Any] = yaml.safe_load((program / PROJECT_FILE).read_text())
    return project


def write_project(folder: Path, program: Path, plugins: Iterable[Mapping[str, str]] = ()) -> None:
    """Write Pulumi.yaml into ``folder``, so that Pulumi runs there what is in ``program``.

    Args:
        folder: The workspace.
        program: Folder of the program, whose Pulumi.yaml stays as it is.
        plugins: Providers that Pulumi finds by path instead of installing them: their ``name`` and ``path``.

    Raises:
        OSError: the program's Pulumi.yaml cannot be read.
    """
    project = read_project(program)
    project["main"] = str(program)
    runtime = project.get("runtime")
    if isinstance(runtime, dict) and (virtualenv := runtime.get("options", {}).get("virtualenv")):
        runtime["options"]["virtualenv"] = str(program / virtualenv)
    if providers := [dict(plugin) for plugin in plugins]:
        project["plugins"] = {"providers": providers}
    write_atomically(folder / PROJECT_FILE, yaml.safe_dump(project, sort_keys=False))
