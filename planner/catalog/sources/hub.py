"""A model on the Hugging Face Hub, or on a mirror of it (``HF_ENDPOINT``)."""

import http.client
import json
import os
import re
import urllib.error
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from planner.catalog.models import nearest_models
from planner.catalog.sources.documents import CONFIG, CONFIG_BYTES
from planner.catalog.sources.errors import SourceError
from planner.catalog.sources.http import checked_endpoint, checked_token, get, reason
from planner.catalog.sources.weight_files import added, stored_in, weight_files
from planner.model.stored import StoredWeights
from planner.shown import shortened

HUB = "https://huggingface.co"
HUB_TIMEOUT_SECONDS = 4.0
API_TIMEOUT_SECONDS = 1.5
"""The API adds a cross-check: a mirror whose API hangs leaves time for the files."""
_NAME = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
_PLAIN_BYTES: Mapping[str, int] = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""Number formats in which a number of a file is a parameter of the model; others may be packed."""


def is_hub_name(reference: str) -> bool:
    """Whether a reference has the form OWNER/NAME."""
    return _NAME.fullmatch(reference) is not None


class HubFiles:
    """The files of a repository's main branch."""

    def __init__(self, name: str) -> None:
        """Take OWNER/NAME.

        Raises:
            SourceError: ``HF_ENDPOINT`` or ``HF_TOKEN`` cannot be used.
        """
        self._name = name
        self._base = checked_endpoint(os.environ.get("HF_ENDPOINT") or HUB)
        self._token = checked_token(os.environ.get("HF_TOKEN"))

    @property
    def where(self) -> str:
        """The repository."""
        return f"{self.origin}/{self._name}"

    @property
    def origin(self) -> str:
        """The Hub's address, without a path that a mirror may have."""
        parts = urlsplit(self._base)
        return f"{parts.scheme}://{parts.netloc}"

    def read(self, name: str, most: int) -> bytes | None:
        """Content of a file, see :class:`~planner.catalog.sources.documents.ModelFiles`."""
        if name != CONFIG and self._sizes and name not in self._sizes:
            return None
        return self._get(f"{self._name}/resolve/main/{name}", most, needed=name == CONFIG)

    def stored(self) -> StoredWeights | None:
        """Size of the weights, see :class:`~planner.catalog.sources.documents.ModelFiles`."""
        parameters = self._parameters
        if total := added(weight_files(self._sizes), self._sizes):
            return StoredWeights(bytes=total, parameters=parameters, origin="the sizes of its weight files on the Hub")
        return stored_in(self, self._sizes)

    @cached_property
    def _about(self) -> Mapping[str, Any]:
        """What the Hub's API says of the repository; empty where a mirror has no API."""
        try:
            content = self._get(
                f"api/models/{self._name}?blobs=true", CONFIG_BYTES, needed=False, timeout=API_TIMEOUT_SECONDS
            )
            about = json.loads(content or b"{}")
        except (SourceError, ValueError, RecursionError):
            return {}
        return about if isinstance(about, dict) else {}

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        siblings = self._about.get("siblings")
        files = [each for each in siblings if isinstance(each, dict)] if isinstance(siblings, list) else []
        sizes = {str(file.get("rfilename")): file.get("size") for file in files}
        return {name: size if type(size) is int else 0 for name, size in sizes.items()}

    @property
    def _parameters(self) -> int | None:
        """Parameters by number format, added: ``total`` beside them is a free entry of the repository's author."""
        safetensors = self._about.get("safetensors")
        formats = safetensors.get("parameters") if isinstance(safetensors, dict) else None
        if not isinstance(formats, dict) or not formats or not set(formats) <= set(_PLAIN_BYTES):
            return None
        counts = [count for count in formats.values() if type(count) is int and 0 < count < 2**60]
        return sum(counts) if len(counts) == len(formats) else None

    def _get(self, path: str, most: int, *, needed: bool, timeout: float = HUB_TIMEOUT_SECONDS) -> bytes | None:
        try:
            return get(f"{self._base}/{path}", token=self._token, timeout=timeout, most=most)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404 and not needed:
                return None
            raise SourceError(
                f"{self._name} is not in the catalogue, and the Hub answers {error.code}: {self._fix(error.code)}"
            ) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            near = nearest_models(self._name)
            hint = f"; the catalogue has {', '.join(near)}" if near else ""
            raise SourceError(
                f"{shortened(self._name)} is not in the catalogue, and the Hub cannot be reached ({reason(error)}): "
                f"give the path of its config.json{hint}"
            ) from None

    def _fix(self, status: int) -> str:
        match status:
            case 401 if self._token:
                return "HF_TOKEN is not valid there, or the name is wrong"
            case 401 | 403:
                return "accept its licence and set HF_TOKEN" + ("" if status == 403 else ", or check the name")
            case 404:
                return "check the name; a repository without config.json, such as one of GGUF files, is not read"
            case 429:
                return "too many requests; wait, or set HF_TOKEN"
            case _:
                return "try again, or give the path of its config.json"
