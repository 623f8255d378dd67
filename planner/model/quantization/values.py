"""Checked values of a ``quantization_config``: numbers, lists and objects of the right kind, or one line that says which not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.model.quantization.errors import UnreadableQuantizationError
from planner.shown import shown

MOST_BITS = 16
MOST_GROUP = 1 << 20
PER_CHANNEL = -1
"""What libraries write for a scale per output channel, in the place of a group's size."""


def refuse(where: str, value: Any, wanted: str) -> UnreadableQuantizationError:
    """The error for a value of the wrong kind.

    Args:
        where: The value's key path.
        value: The value.
        wanted: What belongs there.
    """
    return UnreadableQuantizationError(f"{where} is {shown(value)}: {wanted} is needed")


def whole_number(value: Any, where: str, *, least: int, most: int) -> int:
    """A whole number within its bounds.

    Raises:
        UnreadableQuantizationError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise refuse(where, value, f"a whole number from {least} to {most:,}")
    return value


def bits(value: Any, where: str) -> int:
    """Bits of a quantized weight."""
    return whole_number(value, where, least=1, most=MOST_BITS)


def group(value: Any, where: str) -> int:
    """Weights that share a scale; 0 for a scale per channel or tensor.

    Raises:
        UnreadableQuantizationError: it is not a whole number, or negative and not -1.
    """
    if value is None or value == PER_CHANNEL:
        return 0
    return whole_number(value, where, least=1, most=MOST_GROUP)


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """An object; an empty one for null.

    Raises:
        UnreadableQuantizationError: it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refuse(where, value, "an object")
    return value


def names(value: Any, where: str) -> tuple[str, ...]:
    """A list of module names, nested lists flattened; empty for null.

    Raises:
        UnreadableQuantizationError: it is something else, or holds something else.
    """
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise refuse(where, value, "a list of module names")
    return tuple(_flat(value, where))


def text(value: Any, where: str) -> str:
    """A word in lower case; empty for null.

    Raises:
        UnreadableQuantizationError: it is not text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refuse(where, value, "text")
    return value.strip().lower()


def _flat(entries: Sequence[Any], where: str) -> Iterator[str]:
    for index, entry in enumerate(entries):
        inner = entry if isinstance(entry, list | tuple) else (entry,)
        for name in inner:
            if not isinstance(name, str):
                raise refuse(f"{where}[{index}]", name, "a module's name")
            yield name
