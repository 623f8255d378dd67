"""The environment variables of a container: its own, and those of whole ConfigMaps.

Kubernetes gives a container every key of what ``envFrom`` names, with ``prefix`` in front, and then those of ``env``,
which win (``EnvFromSource`` and ``Container.env`` of ``core/v1``).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from guardrails.engine.rule import Unknown, recorded_inputs
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path

_CONFIG_MAPS = "kubernetes:core/v1:ConfigMap"


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One environment variable."""

    name: str
    value: str | None
    """Its value; None where it is unknown, or comes from another object."""
    source: str = ""
    """Where it comes from, as it follows the name in a message; empty for the container itself."""


def environment(where: str, container: Properties, resource: Properties) -> Iterator[Variable | Unknown]:
    """The variables of a container, and what cannot be known of them.

    Args:
        where: The container, for messages.
        container: Its specification.
        resource: The resource it is in, whose namespace ConfigMaps are looked up in.
    """
    yield from _own(where, container)
    sources = container.get("envFrom")
    if sources is UNKNOWN:
        yield Unknown(f"envFrom of {where} is unknown")
        return
    for source in as_list(sources):
        yield from _whole(where, source, get_path(resource, "metadata", "namespace"))


def _own(where: str, container: Properties) -> Iterator[Variable | Unknown]:
    variables = container.get("env")
    if variables is UNKNOWN:
        yield Unknown(f"env of {where} is unknown")
        return
    for variable in as_list(variables):
        name = variable.get("name") if isinstance(variable, dict) else None
        if not isinstance(variable, dict) or name is UNKNOWN:
            yield Unknown(f"a variable of {where} is unknown")
        elif isinstance(name, str):
            value = variable.get("value", "")
            known = isinstance(value, str) and "valueFrom" not in variable
            yield Variable(name=name, value=value if known else None)


def _whole(where: str, source: Value, namespace: Value) -> Iterator[Variable | Unknown]:
    name = get_path(source, "configMapRef", "name")
    prefix = get_path(source, "prefix")
    if get_path(source, "secretRef") is not None:
        secret = get_path(source, "secretRef", "name")
        of = f" {secret}" if isinstance(secret, str) else ""
        yield Unknown(f"{where} takes all keys of the Secret{of} as variables (envFrom): name each in env")
        return
    if not isinstance(name, str) or not isinstance(prefix, str | None):
        yield Unknown(f"an envFrom of {where} is unknown")
        return
    for found in recorded_inputs(_CONFIG_MAPS):
        if get_path(found, "metadata", "name") == name and get_path(found, "metadata", "namespace") == namespace:
            yield from _keys(found, name, prefix or "")
            return
    yield Unknown(
        f"{where} takes all keys of the ConfigMap {name} as variables (envFrom), and it is not known: name each"
    )


def _keys(config_map: Properties, name: str, prefix: str) -> Iterator[Variable | Unknown]:
    for part in ("data", "binaryData"):
        data = config_map.get(part)
        if data is UNKNOWN:
            yield Unknown(f"{part} of the ConfigMap {name} is unknown")
        elif isinstance(data, dict):
            for key, value in data.items():
                known = isinstance(value, str) and part == "data"
                yield Variable(
                    name=f"{prefix}{key}", value=value if known else None, source=f" from the ConfigMap {name}"
                )
