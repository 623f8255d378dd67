"""Plain values from what the policy SDK hands to a rule.

The SDK wraps properties in proxies: an ``isinstance(x, dict)`` is False, ``x == ["*"]`` is False, and contact with an
unknown raises in the middle of a rule, which then reports nothing more. So a rule never touches the proxies: they are
unwrapped once, here, and what is unknown becomes `UNKNOWN`, a value like any other.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from pulumi_policy import proxy

Value: TypeAlias = Any
Properties: TypeAlias = dict[str, Value]


class UnknownType:
    """A value that only the update will know; there is one, `UNKNOWN`."""

    def __repr__(self) -> str:
        """Read well in test failures."""
        return "UNKNOWN"

    def __bool__(self) -> bool:
        """Refuse to be taken for true or false."""
        raise TypeError("an unknown value is neither true nor false: ask `is UNKNOWN` first")


UNKNOWN: Final = UnknownType()


class UnknownPropertyError(Exception):
    """A rule needs a property that only the update will know; the message names it."""


SENTINELS: Final = frozenset(
    value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_") and isinstance(value, str)
)


def unwrap(value: Value) -> Value:
    """Dictionaries, lists, text, numbers and `UNKNOWN`, from proxies or from plain values."""
    if isinstance(value, str):
        return UNKNOWN if value in SENTINELS else value
    # Nearly all is plain: asked first by type, as a look at abstract classes costs ten times as much.
    if type(value) is dict:
        return {key: unwrap(item) for key, item in value.items()}
    if type(value) is list:
        return [unwrap(item) for item in value]
    if value is None or isinstance(value, bool | float | int):
        return value
    if isinstance(value, Mapping):
        target = value if isinstance(value, dict) else value["__target"]
        return {key: unwrap(item) for key, item in target.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        target = value if isinstance(value, list | tuple) else value["__target"]  # type: ignore[call-overload]
        return [unwrap(item) for item in target]
    return value


def as_list(value: Value) -> list[Value]:
    """A value that may be one or a list of them, as a list; nothing is the empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def get_path(value: Value, *path: str) -> Value:
    """What stands at a path of keys: None if nothing does, `UNKNOWN` if it or anything above it is."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if isinstance(value, dict) else None
    return value


def given(*values: Value) -> Value:
    """The first that is there, known or not."""
    return next((value for value in values if value is not None), None)


def inside(value: Value, path: tuple[str, ...]) -> Iterator[Value]:
    """What stands at a path below a value, any part of which may be a list; `UNKNOWN` where a part is unknown."""
    if not path or value is UNKNOWN:
        yield from as_list(value)
        return
    for item in as_list(value):
        if item is UNKNOWN:
            yield UNKNOWN
        elif isinstance(item, dict) and item.get(path[0]) is not None:
            yield from inside(item[path[0]], path[1:])


def require(value: Value, *path: str, of: str = "") -> Value:
    """Return what is at a path of keys, None if nothing is; of a block that is given as a list, its first object counts.

    Args:
        value: Where the path starts.
        path: Keys, the outermost first.
        of: What follows the path in the message, such as " of container c".

    Raises:
        UnknownPropertyError: it, or anything above it, is unknown.
    """
    for depth, key in enumerate(path):
        if isinstance(value, list):
            value = next((item for item in value if item is UNKNOWN or isinstance(item, dict)), None)
        if value is UNKNOWN:
            raise UnknownPropertyError(f"{_named(path[:depth], of)} is unknown")
        value = value.get(key) if isinstance(value, dict) else None
    if value is UNKNOWN:
        raise UnknownPropertyError(f"{_named(path, of)} is unknown")
    return value


def _named(path: Sequence[str], of: str) -> str:
    return f"{'.'.join(path)}{of}" if path else of.removeprefix(" of ")


def known_items(value: Value, what: str) -> Iterator[Value]:
    """Yield the known items of a value that may be one or a list of them.

    Raises:
        UnknownPropertyError: after the last known one, if any is unknown, or all of them are.
    """
    items = as_list(value)
    yield from (item for item in items if item is not UNKNOWN)
    if any(item is UNKNOWN for item in items):
        raise UnknownPropertyError(f"{what} is unknown")


def parse_bool(value: Value) -> bool | None:
    """A switch that may be spelled as text ("false" is false), None where it is not given or unknown."""
    if isinstance(value, str):
        return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def objects(value: Value) -> Iterator[Properties]:
    """The objects of a value that may be one or a list of them."""
    return (item for item in as_list(value) if isinstance(item, dict))


def is_open_cidr(cidr: Value) -> bool:
    """Whether a CIDR is (almost) everybody: /0, the halves that add up to it, anything wider than a private network."""
    if not isinstance(cidr, str):
        return False
    try:
        network = ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return False
    return network.prefixlen < (8 if network.version == 4 else 7)
