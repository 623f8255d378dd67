"""Where a model comes from: a path, the catalogue, a bucket, the Hugging Face Hub; and what is read of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from planner.catalog.models import known_model
from planner.catalog.sources.bucket import BucketFiles
from planner.catalog.sources.documents import CONFIG, QUANTIZATION, ModelFiles, read_object, timed
from planner.catalog.sources.errors import SourceError
from planner.catalog.sources.folder import FolderFiles
from planner.catalog.sources.hub import HubFiles, is_hub_name
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import needs_file_beside, with_file_beside
from planner.model.reading import UnreadableConfigError, read_architecture
from planner.model.stored import StoredWeights
from planner.shown import shortened

__all__ = ["Model", "SourceError", "find_model"]

_Result = TypeVar("_Result")
READ_SECONDS = 4.0
"""Time for all files of a model together."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that the planner knows or has read."""

    name: str
    """What to call it."""
    origin: str
    """Where its configuration came from."""
    shape: ModelArchitecture
    """Its dimensions."""
    stored: StoredWeights | None = None
    """How large its files are; None where nothing states it."""


def find_model(reference: str) -> Model:
    """Find a model: a ``config.json`` or a folder with one, ``s3://BUCKET/PREFIX``, or a name on the Hub.

    The catalogue is read before the Hub, so common models need no network.

    Raises:
        SourceError: it was not found, or is not a language model.
    """
    path = _existing(reference)
    if path is None and not reference.startswith("s3://"):
        entry = known_model(reference)
        if entry:
            return Model(name=reference, origin="the catalogue", shape=entry.shape)
        if not is_hub_name(reference):
            raise SourceError(
                f"{shortened(reference)}: no such file or folder, and no name like meta-llama/Llama-3.1-8B-Instruct"
            )
    start = monotonic()

    def in_time(call: Callable[[], _Result], what: str) -> _Result:
        return timed(READ_SECONDS - (monotonic() - start), call, what)

    files = in_time(lambda: _files(reference, path), shortened(reference))
    config = in_time(lambda: read_object(files, CONFIG), files.where)
    if config is None:
        raise SourceError(f"{files.where} has no {CONFIG}: name the folder of a model, or the file itself")
    if needs_file_beside(config):
        config = with_file_beside(config, in_time(lambda: read_object(files, QUANTIZATION), files.where))
    shape = _shape(shortened(reference), config)
    try:
        stored = in_time(files.stored, files.where)
    except SourceError:
        # The size of the files is a cross-check: without it the answer stands on the configuration alone.
        stored = None
    return Model(name=reference, origin=files.origin, shape=shape, stored=stored)


def _existing(reference: str) -> Path | None:
    path = Path(reference)
    try:
        return path if path.exists() else None
    except OSError as error:
        # A name that is too long for a file may be one of something else; a folder that may not be entered is a failure.
        if isinstance(error, PermissionError):
            raise SourceError(f"{shortened(reference)} cannot be read: {error.strerror}") from None
        return None


def _files(reference: str, path: Path | None) -> ModelFiles:
    if path is not None:
        return FolderFiles(path)
    return BucketFiles(reference) if reference.startswith("s3://") else HubFiles(reference)


def _shape(name: str, config: Mapping[str, Any]) -> ModelArchitecture:
    try:
        return read_architecture(config)
    except UnreadableConfigError as error:
        raise SourceError(f"{name}: {error}") from None
