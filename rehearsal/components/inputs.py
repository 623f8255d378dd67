"""Inputs of components: an unknown one is rejected by name, never dropped in silence."""

from collections.abc import Collection, Mapping
from typing import Any

import pulumi


def input_error(path: str, reason: str) -> pulumi.InputPropertyError:
    """Return the error that Pulumi shows with the component's type and name, and the input's path."""
    return pulumi.InputPropertyError(path, reason)


def reject_unknown(
    package: str,
    values: Mapping[str, Any],
    known: Collection[str],
    *,
    fixes: Mapping[str, str] | None = None,
    at: str = "",
) -> None:
    """Reject every input that the emulator does not know, with its fix in ``fixes`` or a general one."""
    for key, value in values.items():
        if key in known or value is None:
            continue
        fix = (fixes or {}).get(key, f"omit it, or add it to rehearsal/components/{package}")
        raise input_error(f"{at}{key}", f"the rehearsal's {package} does not emulate `{at}{key}`; {fix}")


def plain(values: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """Return an input that decides which resources exist, so that it must be known before anything is created."""
    value = values.get(key)
    if value is None:
        return default
    if isinstance(value, pulumi.Output):
        raise input_error(key, f"`{key}` must be a plain value, not the output of another resource")
    return value


def one_of(values: Mapping[str, Any], key: str, allowed: Collection[str], default: str) -> str:
    """Return a plain input that has a closed set of values."""
    value = plain(values, key, default)
    if value not in allowed:
        raise input_error(key, f"`{key}` is {value!r}; it must be one of {', '.join(sorted(allowed))}")
    return str(value)
