"""Where machines come from."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from rehearsal.nodes.machines import Machine


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A machine that shall exist.

    Attributes:
        key: What it is known by.
        cidr: Block of its subnet.
        address: Its private address; empty for the next free one of the subnet.
        build: Makes it with its address.
    """

    key: str
    cidr: str
    build: Callable[[str], Machine]
    address: str = ""


class Source(Protocol):
    """What says which machines shall exist."""

    async def wanted(self, present: Collection[Machine]) -> list[Wanted]:
        """Return all machines of this source that shall exist, given those that do.

        Raises:
            CloudUnreachableError: nothing may be concluded.
        """
        ...
