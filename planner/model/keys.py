"""Keys of a model's configuration: each value is checked as it is read, and which were read is remembered.

The gate for everything a ``config.json`` says: kind, sign and upper bound, once, right here. What comes out is a whole
number, a number, a flag or a list of a size that the arithmetic behind can bear.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from planner.shown import shown

MOST = 10_000_000
"""The largest width or count of any part of a model; the widest layers that vLLM serves have 65,536."""
_PREDICTING = ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_layers")
_MOST_PREDICTING = 100


class UnreadableConfigError(ValueError):
    """A ``config.json`` that misses a key, or has a value of a wrong kind; the message has the key's path."""


class Keys:
    """One object of a configuration."""

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        path: str = "",
        defaults: Mapping[str, Any] | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        """Wrap an object.

        Args:
            values: The object.
            path: Of it within the configuration; empty for the outermost.
            defaults: Values of keys that it omits.
            aliases: Another name of a key, by the usual one.
        """
        self.values = values
        self.path = path
        self._defaults = defaults or {}
        self._aliases = aliases or {}
        self._read: set[str] = set()
        self._children: dict[str, Keys] = {}

    def where(self, name: str) -> str:
        """The path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, *names: str) -> bool:
        """Whether one of the keys is there, with a value."""
        return any(self.values.get(name) is not None for name in names)

    def own_names(self, *names: str) -> tuple[str, ...]:
        """The names that the configuration's class has for these keys."""
        return tuple(self._aliases[name] for name in names if name in self._aliases)

    def raw(self, *names: str) -> Any:
        """The first of these keys that has a value, unchecked; None where none has."""
        return self._found(names)[1]

    def count(self, *names: str, least: int = 1, most: int = MOST) -> int | None:
        """A whole number of the first of these keys that has one; None where none has.

        Raises:
            UnreadableConfigError: it is of another kind, or out of bounds.
        """
        name, value = self._found(names)
        return None if value is None else self._whole(name, value, least, most)

    def counts(self, *names: str, depth: int, least: int = 1, most: int = MOST) -> tuple[int, ...] | None:
        """A whole number for each of ``depth`` layers: one for all, or a list with one for each.

        Raises:
            UnreadableConfigError: as for :meth:`count`, or the list has another length.
        """
        name, value = self._found(names)
        if value is None:
            return None
        if not isinstance(value, list):
            return (self._whole(name, value, least, most),) * depth
        if len(value) - self._predicting(len(value), depth) != depth:
            raise self._wrong(
                name, value, f"a list of {len(value):,}", f"one number, or one for each of {depth:,} layers"
            )
        return tuple(self._whole(f"{name}[{index}]", each, least, most) for index, each in enumerate(value[:depth]))

    def number(self, *names: str, least: float = 0.0, most: float = 1e9) -> float | None:
        """A number of the first of these keys that has one; None where none has.

        Raises:
            UnreadableConfigError: it is of another kind, not finite, or out of bounds.
        """
        name, value = self._found(names)
        if value is None:
            return None
        wanted = f"a number from {least:g} to {most:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, value, shown(value), wanted)
        if (isinstance(value, float) and not math.isfinite(value)) or not least <= value <= most:
            raise self._wrong(name, value, shown(value), wanted)
        return float(value)

    def flag(self, *names: str) -> bool | None:
        """True or false of the first of these keys that has a value; None where none has.

        Raises:
            UnreadableConfigError: it is neither.
        """
        name, value = self._found(names)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and value in {0, 1}:
            return bool(value)
        raise self._wrong(name, value, shown(value), "true or false")

    def text(self, *names: str) -> str | None:
        """A text of the first of these keys that has a value; None where none has.

        Raises:
            UnreadableConfigError: it is not a text.
        """
        name, value = self._found(names)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, value, shown(value), "a text")

    def items(self, *names: str, length: int | None = None) -> list[Any] | None:
        """A list of the first of these keys that has a value; None where none has.

        Raises:
            UnreadableConfigError: it is not a list, or not of ``length``.
        """
        name, value = self._found(names)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self._wrong(name, value, shown(value), "a list")
        if length is not None and len(value) - self._predicting(len(value), length) != length:
            raise self._wrong(name, value, f"a list of {len(value):,}", f"a list of {length:,}, one for each layer")
        return value[:length]

    def texts(self, *names: str, length: int | None = None) -> list[str] | None:
        """A list of texts; see :meth:`items`."""
        found = self.items(*names, length=length)
        if found is not None and not all(isinstance(each, str) for each in found):
            raise self._wrong(self._found(names)[0], found, shown(found), "a list of texts")
        return found

    def nested(self, *names: str) -> "Keys | None":
        """An object within this one; None where none of the keys has a value.

        Raises:
            UnreadableConfigError: it is not an object.
        """
        name, value = self._found(names)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(name, value, shown(value), "an object")
        return self._children.setdefault(name, Keys(value, path=self.where(name)))

    def take_all(self) -> None:
        """Count every key as read: of an object whose reader knows what the rest bears on."""
        self._read.update(self.values)
        for child in self._children.values():
            child.take_all()

    def wrong(self, name: str, wanted: str) -> UnreadableConfigError:
        """The error of a key whose value does not go with others."""
        return self._wrong(name, self.values.get(name), shown(self.values.get(name)), wanted)

    def unread(self) -> Iterator[tuple[str, str, Any]]:
        """Path, name and value of every key that was not read, objects within included."""
        for name, value in self.values.items():
            if name in self._children:
                yield from self._children[name].unread()
            elif name not in self._read:
                yield self.where(str(name)), str(name), value

    def _found(self, names: tuple[str, ...]) -> tuple[str, Any]:
        names = (*names, *self.own_names(*names))
        chosen = next((name for name in names if self.values.get(name) is not None), None)
        if chosen is not None:
            # Another name with another value has not been read: it may be something else.
            self._read.update(name for name in names if self.values.get(name) in (None, self.values[chosen]))
            return chosen, self.values[chosen]
        if any(name in self.values for name in names):
            return names[0], None  # null: the default of the class does not count
        return next(((name, self._defaults[name]) for name in names if name in self._defaults), (names[0], None))

    def stated_predicting(self) -> int | None:
        """Layers for multi-token prediction, where the configuration states them."""
        return self.count(*_PREDICTING, least=0, most=_MOST_PREDICTING) if self.has(*_PREDICTING) else None

    def _predicting(self, length: int, depth: int) -> int:
        """Entries of a list for layers that predict further tokens, which stand after those of the model."""
        if length <= depth:
            return 0
        return self.count(*_PREDICTING, least=0, most=_MOST_PREDICTING) or 0

    def _whole(self, name: str, value: Any, least: int, most: int) -> int:
        wanted = f"a whole number from {least:,} to {most:,}"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, value, shown(value), wanted)
        return value

    def _wrong(self, name: str, value: Any, seen: str, wanted: str) -> UnreadableConfigError:
        quoted = ", without quotes" if isinstance(value, str) and "number" in wanted else ""
        return UnreadableConfigError(f"{self.where(name)} in its config.json is {seen}: {wanted} is needed{quoted}")
