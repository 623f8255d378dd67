"""The JSON files of a model, read within bounds."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from planner.bounded import within
from planner.catalog.sources.errors import SourceError
from planner.model.stored import StoredWeights

CONFIG = "config.json"
QUANTIZATION = "hf_quant_config.json"
CONFIG_BYTES = 16 * 2**20
"""Largest ``config.json``: those that list every quantized module have a few MiB."""
INDEX_BYTES = 64 * 2**20
"""Largest index: that of a mixture with 100,000 tensors has about 10 MiB."""


_Result = TypeVar("_Result")


class ModelFiles(Protocol):
    """The files of one model."""

    @property
    def where(self) -> str:
        """Where they lie, for messages."""

    @property
    def origin(self) -> str:
        """What an answer names as the source of the configuration."""

    def read(self, name: str, most: int) -> bytes | None:
        """Content of a file, at most ``most`` bytes and one more; None if there is no such file.

        Raises:
            SourceError: it cannot be read.
        """

    def stored(self) -> StoredWeights | None:
        """Size of the weights; None where nothing states it."""


def read_object(files: ModelFiles, name: str, most: int = CONFIG_BYTES) -> Mapping[str, Any] | None:
    """The JSON object in a file; None if there is no such file.

    Raises:
        SourceError: it cannot be read, is too large, or holds something else.
    """
    content = files.read(name, most)
    if content is None:
        return None
    where = f"{name} of {files.where}"
    if len(content) > most:
        raise SourceError(f"{where} is larger than {most // 2**20} MiB: it should be a JSON file of a model")
    try:
        read = json.loads(content)
    except RecursionError:
        raise SourceError(f"{where} is nested too deeply: it should be a JSON file of a model") from None
    except ValueError as error:
        raise SourceError(f"{where} is not JSON: {error}") from None
    if not isinstance(read, dict):
        raise SourceError(f"{where} is not a JSON object: it should be a model's {name}")
    return read


def timed(seconds: float, call: Callable[[], _Result], where: str) -> _Result:
    """The result of a call that may hang, such as on a network that drops packets.

    Raises:
        SourceError: it took longer.
    """
    try:
        return within(seconds, call)
    except TimeoutError as error:
        raise SourceError(f"{where}: {error}: try again, or give a local copy of config.json") from None
