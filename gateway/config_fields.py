"""Strict reading of a JSON object's fields: each mistake becomes a line, and all of them are reported at once."""

import ipaddress
import math
import re
from typing import Any
from urllib.parse import urlsplit

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
MISSING: Any = object()
"""Value of a field that is not there."""


class ConfigError(Exception):
    """A configuration has mistakes; the message has one line for each, ``lines`` has them singly."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Section:
    """One object of a document whose fields are taken one by one; ``finish`` raises what was wrong.

    A method returns None where its field is wrong: the caller goes on, so that every mistake is found, and `finish`
    of the outermost object raises before the value is used.
    """

    def __init__(self, value: Any, where: str, prefix: str = "", problems: list[str] | None = None) -> None:
        self._where, self._prefix = where, prefix
        self._outermost = problems is None
        self._problems: list[str] = [] if problems is None else problems
        self._known: list[str] = []
        self._object = isinstance(value, dict)
        self._fields: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        if not self._object:
            at = f"{where}: {prefix.rstrip('.')}" if prefix else where
            self._problems.append(f"{at}: has to be an object, not {kind(value)}")

    def complain(self, key: str, what: str) -> None:
        """Note a mistake in the field ``key``."""
        self._problems.append(f"{self._where}: {self._prefix}{key}: {what}")

    def finish(self) -> None:
        """Note the fields that were not taken; raise everything when this is the whole document.

        Raises:
            ConfigError: the document has mistakes.
        """
        for key in self._fields:
            self.complain(key, f"unknown key; known here: {', '.join(sorted(self._known))}")
        if self._outermost and self._problems:
            raise ConfigError(self._problems)

    def take(self, key: str, *, default: Any = MISSING) -> Any:
        """The field as it is, or ``default``; MISSING, and a mistake, where it is missing and has no default."""
        self._known.append(key)
        if key in self._fields:
            return self._fields.pop(key)
        if default is not MISSING:
            return default
        if self._object:
            self.complain(key, "missing")
        return MISSING

    def section(self, key: str, *, optional: bool = False) -> "Section | None":
        """An object of its own; None where it is optional and null or missing."""
        value = self.take(key, default=None) if optional else self.take(key)
        if value is MISSING or (optional and value is None):
            return None
        return Section(value, self._where, f"{self._prefix}{key}.", self._problems)

    def whole(self, key: str, least: int, most: int, *, default: Any = MISSING) -> Any:
        """A whole number from ``least`` to ``most``."""
        value = self.take(key, default=default)
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return self._checked(key, value, good=good, wanted=f"a whole number from {least} to {most}")

    def number(self, key: str, least: float, most: float) -> Any:
        """A number from ``least`` to ``most``, as float."""
        value = self.take(key)
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        good = good and least <= value <= most
        found = self._checked(key, value, good=good, wanted=f"a number from {least} to {most}")
        return None if found is None else float(found)

    def text(self, key: str, *, default: Any = MISSING) -> Any:
        """A text that is not empty."""
        value = self.take(key, default=default)
        if value is None and default is None:
            return None
        return self._checked(key, value, good=isinstance(value, str) and bool(value), wanted="a text, not empty")

    def name(self, key: str) -> Any:
        """A name of AWS, Pulumi or Kubernetes: letters, digits, dots, hyphens and underscores."""
        value = self.take(key)
        good = isinstance(value, str) and _NAME.fullmatch(value) is not None
        return self._checked(key, value, good=good, wanted="a name of letters, digits, '.', '-' and '_'")

    def texts(self, key: str, *, default: Any = MISSING) -> Any:
        """A list of texts, as tuple."""
        value = self.take(key, default=default)
        good = isinstance(value, list | tuple) and all(isinstance(item, str) and item for item in value)
        found = self._checked(key, value, good=good, wanted="a list of texts")
        return None if found is None else tuple(found)

    def address(self, key: str, *, default: Any = MISSING) -> Any:
        """An IPv4 address."""
        value = self.take(key, default=default)
        try:
            good = isinstance(value, str) and bool(ipaddress.IPv4Address(value))
        except ValueError:
            good = False
        return self._checked(key, value, good=good, wanted="an IPv4 address")

    def url(self, key: str, *, default: Any = MISSING) -> Any:
        """An https URL; http is accepted for a loopback address."""
        value = self.take(key, default=default)
        if value is None and default is None:
            return None
        good = isinstance(value, str) and _is_url(value)
        return self._checked(key, value, good=good, wanted="an https URL (http for a loopback address only)")

    def _checked(self, key: str, value: Any, *, good: bool, wanted: str) -> Any:
        if good:
            return value
        if value is not MISSING:
            self.complain(key, f"has to be {wanted}, not {kind(value)}")
        return None


def kind(value: Any) -> str:
    """A wrong value for a message: short ones as they are, long ones by their kind."""
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__} of {len(text)} characters"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or any(c.isspace() for c in text):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in {"127.0.0.1", "::1", "localhost"})
