"""The folders that Pulumi loads plugins from: ``plugins.providers: [{name, path}]`` in Pulumi.yaml."""

import shlex
import sys
from pathlib import Path

from rehearsal.sandbox import write_atomically


def write_plugin_dir(folder: Path, name: str) -> Path:
    """Make ``folder`` hold the executable ``pulumi-resource-NAME`` that runs ``rehearsal.providers.NAME``.

    It runs under the Python that runs this, whatever is on PATH, and never imports from the engine's working directory.
    """
    script = folder / f"pulumi-resource-{name}"
    command = shlex.join([sys.executable, "-P", "-m", f"rehearsal.providers.{name}"])
    write_atomically(script, f'#!/bin/sh\nexec {command} "$@"\n', mode=0o755)
    return folder
