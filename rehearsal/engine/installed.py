"""Pulumi's own release of the engine: on PATH, or from the SDK's installer where its host is reachable."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path

from rehearsal.engine.locking import exclusive
from rehearsal.engine.toolchain import cache_directory, writable_cache

MINIMUM = (3, 250)
_INSTALLER = "https://get.pulumi.com/install.sh"
_REACH_SECONDS = 3
_INSTALL_SECONDS = 300
# Runs in a process of its own: the installer has no timeout, and this way one can be put on it.
_INSTALL = "import sys; from pulumi.automation import PulumiCommand; PulumiCommand.install(root=sys.argv[1])"


def on_path() -> Path | None:
    """`pulumi` on PATH, if it is new enough and has its language host with it."""
    found = shutil.which("pulumi")
    if not found:
        return None
    command = Path(found).resolve()
    return command if has_language_host(command) and version_of(command) >= MINIMUM else None


def has_language_host(command: Path) -> bool:
    """Whether this engine comes with Pulumi's own Python language host, as every release does."""
    return (command.resolve().parent / "pulumi-language-python").exists()


def version_of(command: Path) -> tuple[int, int]:
    """Major and minor version of an engine; (0, 0) when it does not run or does not say."""
    try:
        answer = subprocess.run([command, "version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    match = re.match(r"v?(\d+)\.(\d+)\.", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def downloaded() -> Path | None:
    """What `download` brought earlier, if it did."""
    if not sdk_present():
        return None
    command = _root() / "bin" / "pulumi"
    return command if command.exists() else None


def sdk_present() -> bool:
    """Whether this Python has Pulumi's SDK; the one that bootstraps the project has not."""
    return importlib.util.find_spec("pulumi") is not None


def reachable() -> bool:
    """Whether the installer's host answers within a few seconds."""
    try:
        request = urllib.request.Request(_INSTALLER, method="HEAD")
        with urllib.request.urlopen(request, timeout=_REACH_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def download() -> Path | None:
    """The SDK's own version of the engine from Pulumi's installer, or None when that does not work here.

    Raises:
        ToolchainError: the cache cannot be written.
    """
    writable_cache()
    root = _root()
    command = root / "bin" / "pulumi"
    with exclusive(root.with_name(root.name + ".lock"), "Pulumi's engine is being downloaded"):
        if command.exists():
            return command
        sys.stderr.write(f"downloading Pulumi {root.name} from {_INSTALLER}\n")
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root.parent, prefix=".install.") as temporary:
            staging = Path(temporary) / "tree"
            try:
                subprocess.run(
                    [sys.executable, "-c", _INSTALL, str(staging)],
                    capture_output=True,
                    check=True,
                    timeout=_INSTALL_SECONDS,
                )
                staging.rename(root)
            except (OSError, subprocess.SubprocessError):
                return None
    return command if command.exists() else None


def _root() -> Path:
    return cache_directory() / "pulumi" / metadata.version("pulumi")
