"""The launchers of the provider plugins, which Pulumi finds by ``plugins.providers: [{name, path}]`` in Pulumi.yaml."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from workspace.files import write_atomically

PLUGIN_MODULES: Mapping[str, str] = {
    "aws": "rehearsal.aws",
    "awsx": "rehearsal.components.awsx",
    "eks": "rehearsal.components.eks",
    "kubernetes": "rehearsal.kubernetes",
}
"""Name of each plugin, and the module that Python runs for it."""


def write_plugin_dir(folder: Path, name: str) -> Path:
    """Write the executable ``pulumi-resource-NAME`` into ``folder``, which runs the module of `PLUGIN_MODULES`.

    It runs under the Python that runs this, whatever is on PATH, and never imports from the engine's working directory.
    """
    script = folder / f"pulumi-resource-{name}"
    command = shlex.join([sys.executable, "-P", "-m", PLUGIN_MODULES[name]])
    write_atomically(script, f'#!/bin/sh\nexec {command} "$@"\n', mode=0o755)
    return folder
