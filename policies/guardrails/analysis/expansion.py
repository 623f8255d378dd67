"""Command lines of a container with the variables in them replaced by their values, as far as the stack shows them.

Kubernetes replaces ``$(NAME)`` by the container's environment, a shell ``$NAME`` and ``${NAME:-default}``, also by what the
same text assigns before (``export ARGS=...``).
"""

import re
from collections.abc import Mapping
from typing import Final

from guardrails.engine.rule import recorded_inputs
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path

_VARIABLE: Final = re.compile(r"\$\((\w+)\)|\$\{(\w+)(?::?-(?P<default>[^}]*))?[^}]*\}|\$(\w+)")
_ASSIGNED: Final = re.compile(
    r"""(?:^|[\s;&|(])([A-Za-z_]\w*)=("(?:[^"\\$`]|\\.)*"|'[^']*'|[^\s;&|$`"']+)(?=[\s;&|)]|$)"""
)
_CONFIG_MAPS: Final = "kubernetes:core/v1:ConfigMap"
_DEEPEST: Final = 4
_LONGEST: Final = 200_000
"""Characters; variables that hold each other grow without end."""


def expanded(container: Properties, key: str) -> list[Value]:
    """The words of ``command`` or ``args``; a variable of unknown value stays as it is written."""
    given = container.get(key)
    if given is UNKNOWN:
        return [UNKNOWN]
    variables = _variables(container)
    return [_replaced(item, variables) if isinstance(item, str) else item for item in as_list(given)]


def _replaced(text: str, variables: Mapping[str, str | None]) -> str:
    if "$" not in text:
        return text
    known = dict(variables) | {name: value.strip("\"'") for name, value in _ASSIGNED.findall(text)}
    # Kubernetes takes $$ for a dollar that begins no variable.
    return "$".join(_once(part, known) for part in text.split("$$"))


def _once(text: str, variables: Mapping[str, str | None]) -> str:
    def value_of(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[4]
        value = variables.get(name)
        if name not in variables and found["default"] is not None:
            value = found["default"]
        return found[0] if value is None else value

    for _ in range(_DEEPEST):
        after = _VARIABLE.sub(value_of, text)
        if after == text or len(after) > _LONGEST:
            break
        text = after
    return text


def _variables(container: Properties) -> dict[str, str | None]:
    """The environment by name; None where a value is not known here."""
    found: dict[str, str | None] = {}
    for source in as_list(container.get("envFrom")):
        data = config_map(get_path(source, "configMapRef", "name"))
        prefix = get_path(source, "prefix")
        if isinstance(prefix, str | None):
            found |= {f"{prefix or ''}{key}": value for key, value in data.items() if isinstance(value, str)}
    for item in as_list(container.get("env")):
        name = get_path(item, "name")
        if isinstance(name, str):
            value = get_path(item, "value")
            reference = get_path(item, "valueFrom", "configMapKeyRef")
            if value is None and isinstance(reference, dict):
                value = config_map(reference.get("name")).get(str(reference.get("key")))
            found[name] = value if isinstance(value, str) else None
    return found


def config_map(name: Value, namespace: Value = UNKNOWN) -> Properties:
    """The known entries of a ConfigMap of the stack; of several of one name, in namespaces that are not said, none."""
    if not isinstance(name, str):
        return {}
    found = [
        one.get("data")
        for one in recorded_inputs(_CONFIG_MAPS)
        if get_path(one, "metadata", "name") == name
        and (namespace is UNKNOWN or get_path(one, "metadata", "namespace") in {namespace, UNKNOWN})
    ]
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else {}
