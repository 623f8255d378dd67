"""Packages that the gateway imports: wheels for Linux on x86-64, installed by uv into one folder, whatever machine this is.

The archive runs on Python 3.13, in the cluster, and on 3.11, in the rehearsal. protobuf's extension is built on the stable ABI,
google-re2's for each of them under a name of its own, everything else is pure Python, so that the files are the same for both, which
is checked.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gateway.archive.errors import ArchiveError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
"""Every package with the hashes of its files, out of ``uv.lock`` (``make docs``)."""
PYTHONS = ("3.13", "3.11")
"""Minor versions of Python that the archive runs on."""
PLATFORM = "x86_64-manylinux_2_28"
"""glibc 2.28 or newer: Amazon Linux 2023 has 2.34."""
_CHECKOUT = Path(__file__).resolve().parents[2]


def installed_packages(scratch: Path) -> dict[str, Path]:
    """Install the packages below ``scratch``; return their files by path in the archive.

    Raises:
        ArchiveError: there is no uv, no package index could be reached, or a file has another hash.
    """
    found: dict[str, Path] = {}
    for python in PYTHONS:
        target = scratch / python
        _install(python, target)
        for path in sorted(each for each in target.rglob("*") if each.is_file()):
            name = path.relative_to(target).as_posix()
            other = found.setdefault(name, path)
            if _is_code(name) and other.read_bytes() != path.read_bytes():
                raise ArchiveError(f"{name} differs between Python {' and '.join(PYTHONS)}: pin a release without that")
    return found


def find_uv() -> str:
    """Path of uv: that of the checkout (``make deploy-setup``), else that of ``PATH``, where Pulumi runs it.

    Raises:
        ArchiveError: there is none.
    """
    own = _CHECKOUT / ".uv" / "bin" / "uv"
    found = str(own) if os.access(own, os.X_OK) else shutil.which("uv")
    if found is None:
        raise ArchiveError("gateway archive: there is no uv, which downloads its packages: run `make deploy-setup`")
    return found


def _install(python: str, target: Path) -> None:
    command = [
        *(find_uv(), "pip", "install", "--quiet", "--python", sys.executable),
        *("--target", str(target), "--python-platform", PLATFORM, "--python-version", python),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirements", str(REQUIREMENTS)),
        *("--link-mode", "copy", "--no-compile-bytecode"),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ArchiveError(
            f"gateway archive: uv cannot install its packages ({_reason(answer.stderr)}); give this machine a package "
            "index that has PyPI's files, once: the archive is kept"
        )


def _reason(said: str) -> str:
    """One line of what uv printed: the first cause, which names the package, and the last, which says why."""
    lines = [line.strip() for line in said.splitlines()]
    causes = [line.removeprefix("cause: ") for line in lines if line.startswith("cause: ")]
    if causes:
        return ": ".join(dict.fromkeys((causes[0].rstrip("."), causes[-1].rstrip("."))))
    return next((line for line in reversed(lines) if line and not line.startswith("hint:")), "no message")


def _is_code(name: str) -> bool:
    return ".dist-info/" not in name
