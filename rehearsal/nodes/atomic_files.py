"""Folder of files that is replaced as a whole: the layout and the order of steps of kubelet's AtomicWriter.

Files are links through ``..data`` into a folder of one moment (kubernetes/kubernetes
pkg/volume/util/atomic_writer.go). What reads through one open ``..data`` folder sees one moment, and certificate watchers
of the controllers look for just this change of the link.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

_DATA = "..data"


def write(path: Path, files: Mapping[str, bytes]) -> bool:
    """Write the files into the folder ``path`` unless it has them already; return whether anything was written.

    Args:
        path: The folder; made when missing.
        files: Content by relative path. Files of an earlier call that are missing here are removed.
    """
    path.mkdir(parents=True, exist_ok=True)
    data = path / _DATA
    old = path / data.readlink() if data.is_symlink() else None
    if old is not None and read(old) == files:
        return False
    fresh = Path(tempfile.mkdtemp(dir=path, prefix=datetime.now(UTC).strftime("..%Y_%m_%d_%H_%M_%S.")))
    for name, content in files.items():
        file = fresh / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o600)
    link = path / f"{_DATA}_tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    os.replace(link, data)  # noqa: PTH105 - replaces the link itself
    visible = {name.partition("/")[0] for name in files}
    for name in visible:
        if not (path / name).is_symlink():
            (path / name).symlink_to(f"{_DATA}/{name}")
    for entry in path.iterdir():
        if not entry.name.startswith("..") and entry.name not in visible:
            entry.unlink()
    if old is not None:
        shutil.rmtree(old)
    return True


def read(folder: Path) -> dict[str, bytes]:
    """Content of every file below a folder by relative path."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
