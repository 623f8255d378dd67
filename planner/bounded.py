"""Calls and reads within bounds, whatever is on the other side: a network, a pipe, a file without end."""

from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import TypeVar

_Result = TypeVar("_Result")


def within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """The result of a call that may hang; its thread is left behind if it does.

    Raises:
        TimeoutError: it took longer.
    """
    results: Queue[tuple[bool, _Result | BaseException]] = Queue()

    def work() -> None:
        try:
            results.put((True, call()))
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            results.put((False, error))

    Thread(target=work, daemon=True).start()
    try:
        done, result = results.get(timeout=max(seconds, 0.0))
    except Empty:
        raise TimeoutError(f"no answer within {seconds:.0f} seconds") from None
    if not done:
        raise result  # type: ignore[misc]
    return result  # type: ignore[return-value]


def read_start(path: Path, most: int) -> bytes:
    """The first bytes of a file, at most ``most`` and one more, so that a longer one is noticed.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(most + 1)
