"""Requirements of the gateway's archive, out of uv.lock: ``make docs`` writes them."""

import subprocess

from gateway.archive.packages import find_uv
from tools.files import ROOT

_HEAD = "# Written by `make docs` from uv.lock, group gateway.\n"


def page() -> str:
    """Every package of the group ``gateway`` and of what it needs, each with the hashes of its files."""
    command = [
        *(find_uv(), "export", "--quiet", "--locked", "--offline", "--only-group", "gateway"),
        # xds-protos needs it for clients and servers, of which the gateway has its own.
        *("--no-emit-project", "--no-annotate", "--no-header", "--no-emit-package", "grpcio"),
    ]
    return _HEAD + subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
