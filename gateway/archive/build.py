"""Builds the archive: a zip with this package and every package that it imports, the same bytes on every machine.

It runs on Python 3.11 and 3.13 (``packages.py``), so that the rehearsal runs what the cluster runs: 41 MB, 30 of them uvloop for
the two. Files are stored as they are, since what zlib makes of them differs between its releases.

``PYTHONPATH=FOLDER python -m gateway.policy`` runs it, unpacked into FOLDER, with nothing else installed.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

from gateway.archive.errors import ArchiveError
from gateway.archive.packages import REQUIREMENTS, installed_packages
from gateway.archive.pruning import pruned

CACHE_VARIABLE = "LLM_PLATFORM_CACHE"
"""Variable of the environment with the folder of everything that is downloaded or built."""
_PACKAGE = Path(__file__).resolve().parents[1]
_OWN = "archive"
"""The folder of this module, which only operators run."""
_KEPT_SECONDS = 7 * 86_400
"""How long an archive of other sources is kept after its last use."""


def build() -> Path:
    """Return the archive of the sources as they are; its name is its SHA-256, as in ``SHA256.zip``.

    It is built once for the same sources, in a few seconds, from packages that uv downloads once.

    Raises:
        ArchiveError: it cannot be built.
    """
    place = cache_directory() / "gateway" / _sources_digest()
    if found := next(place.glob("*.zip"), None):
        os.utime(place)
        return found
    sys.stderr.write(f"building the gateway's archive in {place}\n")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_unused(place.parent)
        return _build(place)
    except OSError as error:
        where = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise ArchiveError(f"gateway archive: {where}; name another folder in {CACHE_VARIABLE}") from None


def digest_of(archive: Path) -> str:
    """The SHA-256 of an archive of ``build``, in hexadecimal."""
    return archive.stem


def cache_directory() -> Path:
    """The folder of everything that is downloaded or built, which the rehearsal uses too."""
    explicit = os.environ.get(CACHE_VARIABLE)
    if explicit:
        return Path(explicit)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-platform"


def _build(place: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".building.") as temporary:
        scratch = Path(temporary)
        sources = _sources()
        packages = pruned(installed_packages(scratch / "packages"), sources.values())
        result = scratch / "result"
        result.mkdir()
        archive = result / "archive.zip"
        write_zip(archive, {**packages, **sources})
        archive = archive.rename(result / f"{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip")
        try:
            result.rename(place)
        except OSError:
            if not place.is_dir():
                raise
            # Another process was faster, with the same bytes.
        return place / archive.name


def write_zip(archive: Path, files: Mapping[str, Path]) -> None:
    """Write files by their path in the archive: the same files give the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as stream:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, on macOS and Linux
            entry.external_attr = 0o100644 << 16
            stream.writestr(entry, files[name].read_bytes())


def _sources() -> dict[str, Path]:
    """This package's files by path in the archive."""
    return {
        path.relative_to(_PACKAGE.parent).as_posix(): path
        for path in sorted(_PACKAGE.rglob("*"))
        if path.is_file() and not _apart(path.relative_to(_PACKAGE))
    }


def _apart(path: Path) -> bool:
    return path.parts[0] == _OWN or "__pycache__" in path.parts or any(part.startswith(".") for part in path.parts)


def _sources_digest() -> str:
    """What the archive depends on: this package, the list of its packages, and how it is built."""
    files = {**_sources(), **{path.name: path for path in (REQUIREMENTS, *sorted(Path(__file__).parent.glob("*.py")))}}
    entries = [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in files.items()]
    return hashlib.sha256("\n".join(entries).encode()).hexdigest()[:20]


def _remove_unused(folder: Path) -> None:
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
