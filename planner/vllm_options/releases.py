"""The releases of vLLM whose options are known, and the one that an image is judged by.

The table (``planner/data/vllm-options.json``, written by ``python -m tools.vllm_releases``) was read from the source of the
newest patch of each minor release. An earlier patch, such as 0.8.2, is judged by it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from planner.image_tags import vllm_release
from planner.tables import read_table

DEFAULT_MINOR: Final = 32
"""The release of the default image, 0.32, by which options are judged where no image is named."""


@dataclass(frozen=True, order=True)
class Release:
    """A minor release of vLLM."""

    minor: int
    """The second number of its version: 32 of 0.32.0."""

    @property
    def name(self) -> str:
        """Such as ``0.32``."""
        return f"0.{self.minor}"

    def __str__(self) -> str:
        """Its name."""
        return self.name


@cache
def table() -> Mapping[str, Any]:
    """The table as it is stored: ``releases``, ``options`` and ``values``."""
    return read_table("vllm-options.json")


@cache
def releases() -> tuple[Release, ...]:
    """Every release of the table, the oldest first."""
    return tuple(Release(int(version.split(".")[1])) for version in table()["releases"])


@cache
def in_spans(text: str) -> frozenset[Release]:
    """The releases of the table that ranges such as ``8-12,14`` name."""
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= {each for each in releases() if int(first) <= each.minor <= int(last or first)}
    return frozenset(found)


DEFAULT: Final = Release(DEFAULT_MINOR)


def known_release(image: str) -> Release | None:
    """The release in an image's tag, where the table has it; None for a digest, another tag or a release it lacks."""
    found = vllm_release(image)
    release = Release(found[1]) if found and found[0] == 0 else None
    return release if release in releases() else None


def judged_by(image: str) -> Release:
    """The release whose options an image is judged by: its own, the oldest of the table for an older one, else the newest."""
    found = vllm_release(image)
    if found is None:
        return releases()[-1]
    known = [each for each in releases() if (0, each.minor) <= found[:2]]
    return known[-1] if known else releases()[0]


def newest() -> Release:
    """The newest release of the table."""
    return releases()[-1]
