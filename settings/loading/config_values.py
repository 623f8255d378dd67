"""Values of a Pulumi configuration: from its text to what the settings are read from."""

import json

_TEXTS = frozenset({"owner", "cost_center", "account", "region", "permissions_boundary", "namespace", "platform"})
_NOT_SET = frozenset({"", "null", "{}", "[]", "false"})
"""What Pulumi.yaml gives as default to optional keys; each is the default here too."""
_SET_BY_EMPTY_MAP = frozenset({"gateway", "priorities"})
"""Keys for which ``{}`` means all defaults; their default in Pulumi.yaml is ``false``."""


def from_text(key: str, text: str) -> object:
    """A top-level setting as Pulumi passes it, as ``text``; None if it is not set."""
    if text in _NOT_SET and not (text == "{}" and key in _SET_BY_EMPTY_MAP):
        return None
    return text if key in _TEXTS else _from_json(text)


def foreign_value(value: object) -> object:
    """A value below another namespace: Pulumi passes lists and maps as JSON text, a stack file has them as they are."""
    return _from_json(value) if isinstance(value, str) else value


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, a number too long for Python, or too many levels
        return text
