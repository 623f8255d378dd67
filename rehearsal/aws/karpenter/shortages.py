"""Offerings that AWS has no capacity for, as a rehearsal says."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

PATH = "/rehearsal/shortages"
"""Where the server takes and shows them."""
CAPACITY_TYPES = ("spot", "on-demand")


@dataclass(frozen=True, kw_only=True)
class Offering:
    """What a launch wants: an instance type in a zone for a node pool, spot or on demand."""

    pool: str
    type: str
    zone: str
    capacity_type: str


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Offerings without capacity; an empty field means every value."""

    pool: str = ""
    type: str = ""
    zone: str = ""
    capacity_type: str = ""

    def covers(self, offering: Offering) -> bool:
        """Return whether an offering has no capacity because of this."""
        return all(not wanted or wanted == getattr(offering, name) for name, wanted in asdict(self).items())


class Shortages:
    """The shortages of an account."""

    def __init__(self) -> None:
        self._all: tuple[Shortage, ...] = ()

    def __iter__(self) -> Any:
        """All of them."""
        return iter(self._all)

    def replace(self, shortages: Iterable[Shortage]) -> None:
        """Set all of them."""
        self._all = tuple(shortages)

    def cover(self, offering: Offering) -> bool:
        """Return whether an offering has no capacity."""
        return any(shortage.covers(offering) for shortage in self._all)


SHORTAGES = Shortages()
"""Those of the server's account."""


def dump(shortages: Iterable[Shortage]) -> bytes:
    """Return shortages as JSON: a list of objects with the fields that are not empty."""
    return json.dumps([{key: value for key, value in asdict(one).items() if value} for one in shortages]).encode()


def load(content: bytes) -> Sequence[Shortage]:
    """Read shortages from JSON.

    Raises:
        ValueError: it is not a list of objects with the fields of a shortage.
    """
    known = {field.name for field in fields(Shortage)}
    items = json.loads(content)
    if not isinstance(items, list) or not all(isinstance(item, dict) and set(item) <= known for item in items):
        raise ValueError(f"a list of objects with {', '.join(sorted(known))} is wanted")
    return [Shortage(**item) for item in items]
