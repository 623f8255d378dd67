"""Reading a component's inputs: what is not known is refused by name, never dropped in silence."""

from collections.abc import Collection, Mapping
from typing import Any

import pulumi


def refusal(path: str, reason: str) -> pulumi.InputPropertyError:
    """The error that Pulumi shows with the component's type and name, and the input's path."""
    return pulumi.InputPropertyError(path, reason)


def refuse_unknown(
    package: str,
    values: Mapping[str, Any],
    known: Collection[str],
    *,
    refused: Mapping[str, str] | None = None,
    at: str = "",
) -> None:
    """Refuse every input that the stand-in does not know, with the cure where one is on record in ``refused``."""
    for key, value in values.items():
        if key in known or value is None:
            continue
        cure = (refused or {}).get(key, f"leave it out, or add it to rehearsal/components/{package}")
        raise refusal(f"{at}{key}", f"the rehearsal's {package} does not stand in for `{at}{key}`; {cure}")


def plain(values: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """An input that decides which resources exist, so that it must be known before anything is made."""
    value = values.get(key)
    if value is None:
        return default
    if isinstance(value, pulumi.Output):
        raise refusal(key, f"`{key}` must be a plain value, not the output of another resource")
    return value


def one_of(values: Mapping[str, Any], key: str, allowed: Collection[str], default: str) -> str:
    """A plain input with a closed set of values."""
    value = plain(values, key, default)
    if value not in allowed:
        raise refusal(key, f"`{key}` is {value!r}; it must be one of {', '.join(sorted(allowed))}")
    return str(value)
