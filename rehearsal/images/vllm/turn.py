"""A request's place in the engine: it says when its tokens are made."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Turn(Protocol):
    """One request that runs."""

    def tokens(self, count: int) -> AsyncIterator[int]:
        """Wait for ``count`` tokens; gives how many more are made, as they are."""
        ...


class Turns(Protocol):
    """Admits requests in the order in which they came.

    Attributes:
        busy_seconds: Time in which at least one ran.
    """

    @property
    def busy_seconds(self) -> float:
        """Time in which at least one ran."""
        ...

    def turn(self, prompt: int, wanted: int) -> AbstractAsyncContextManager[Turn]:
        """Wait until a request runs, which has ``prompt`` tokens and makes ``wanted``."""
        ...
