"""What a text in an option's value points to: a file, an address, a Python object, a repository; or nothing."""

import json
import re
from enum import StrEnum
from typing import Any, Final


class Reference(StrEnum):
    """What a text points to."""

    FILE = "file"
    ADDRESS = "address"
    IMPORT = "import"
    REPOSITORY = "repository"


_ADDRESS: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://.*|//.*|\[[0-9a-fA-F:]+\](:\d+)?|[\w.-]+:\d{2,5}(/.*)?", re.DOTALL
)
_FILE: Final = re.compile(r"[/~\\.].*|.*[/\\]\.\.?([/\\].*)?|[A-Za-z]:\\.*", re.DOTALL)
_IMPORT: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.\w+)*|[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def classify_reference(text: str) -> Reference | None:
    """What ``text`` points to; None where it is a plain word, number or sentence."""
    said = text.strip()
    if _ADDRESS.fullmatch(said):
        return Reference.ADDRESS
    if _FILE.fullmatch(said):
        return Reference.FILE
    if _IMPORT.fullmatch(said):
        return Reference.IMPORT
    if _REPOSITORY.fullmatch(said):
        return Reference.REPOSITORY
    return Reference.FILE if "/" in said or "\\" in said else None


def parse_json(value: Any) -> Any:
    """A value as the data it is, where it is the text of a JSON object or list; else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
