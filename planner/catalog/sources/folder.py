"""A model in a folder, or a ``config.json`` by itself."""

import contextlib
from pathlib import Path

from planner.bounded import read_start
from planner.catalog.sources.documents import CONFIG
from planner.catalog.sources.errors import SourceError
from planner.catalog.sources.weight_files import stored_in
from planner.model.stored import StoredWeights
from planner.shown import shortened


class FolderFiles:
    """The files of a folder; of a single file of another name, that file as ``config.json`` and nothing else."""

    def __init__(self, path: Path) -> None:
        """Take a folder, or a file."""
        self._alone = None if path.is_dir() or path.name == CONFIG else path
        self._folder = path if path.is_dir() else path.parent
        self._config = self._alone or self._folder / CONFIG

    @property
    def where(self) -> str:
        """The folder."""
        return shortened(str(self._folder))

    @property
    def origin(self) -> str:
        """The path of its configuration."""
        return str(self._config)

    def read(self, name: str, most: int) -> bytes | None:
        """Content of a file, see :class:`~planner.catalog.sources.documents.ModelFiles`."""
        if self._alone and name != CONFIG:
            return None
        path = self._config if name == CONFIG else self._folder / name
        try:
            return read_start(path, most)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceError(f"{shortened(str(path))} cannot be read: {error.strerror}") from None

    def stored(self) -> StoredWeights | None:
        """Size of the weights, see :class:`~planner.catalog.sources.documents.ModelFiles`."""
        if self._alone:
            return None
        sizes: dict[str, int] = {}
        # Without the right to list the folder there is no cross-check.
        with contextlib.suppress(OSError):
            sizes = {entry.name: entry.stat().st_size for entry in self._folder.iterdir() if entry.is_file()}
        return stored_in(self, sizes)
