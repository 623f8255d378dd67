"""Conversion of Pulumi's properties to an operation's parameters and back, by botocore's service models.

Names agree once case and punctuation are taken away, give or take a plural; types are converted by the shape. What the
rule does not cover stands as a rename in the table.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties, Value

if TYPE_CHECKING:
    from botocore.model import Shape


def canonical(name: str) -> str:
    """Return a name without case and punctuation."""
    return "".join(character for character in name.lower() if character.isalnum())


def member_of(names: Any, key: str) -> str | None:
    """Return which of ``names`` the property ``key`` is."""
    wanted = canonical(key)
    by_name = {canonical(name): name for name in names}
    for candidate in (wanted, wanted + "s", wanted.removesuffix("s")):
        if candidate in by_name:
            return str(by_name[candidate])
    return None


def to_params(
    shape: "Shape", properties: Mapping[str, Value], renames: Mapping[str, str], where: str
) -> dict[str, Any]:
    """Return the properties as parameters.

    Raises:
        ProviderError: a property has no counterpart, so that nothing is dropped in silence.
    """
    params: dict[str, Any] = {}
    members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
    for key, value in properties.items():
        if value is None:
            continue
        name = renames.get(key) or member_of(members, key)
        if name is None or name not in members:
            raise ProviderError(
                f"{where}.{key}: the rehearsal does not know this input; add it to the type's file in rehearsal/aws/types/"
            )
        params[name] = to_shape(members[name], value, renames, f"{where}.{key}")
    return params


def to_shape(shape: "Shape", value: Value, renames: Mapping[str, str], where: str) -> Any:
    """Return one value in the form of its shape."""
    kind = shape.type_name
    if kind == "structure":
        if isinstance(value, bool):
            return {"Value": value}  # EC2 wraps the booleans of its Modify...Attribute operations
        return to_params(shape, _only(value), renames, where)
    if kind == "list":
        if isinstance(value, Mapping) and _is_tag_list(shape):
            value = [{"Key": key, "Value": item} for key, item in value.items()]
        items = value if isinstance(value, list) else [value]
        return [to_shape(shape.member, item, renames, where) for item in items]  # type: ignore[attr-defined]
    if kind == "map":
        return {str(key): to_shape(shape.value, item, renames, where) for key, item in value.items()}  # type: ignore[attr-defined]
    if kind in {"integer", "long"}:
        return int(value)
    if kind in {"float", "double"}:
        return float(value)
    if kind == "boolean":
        return value == "true" if isinstance(value, str) else bool(value)
    if kind == "string":
        return ("true" if value else "false") if isinstance(value, bool) else str(value)
    return value


def _is_tag_list(shape: "Shape") -> bool:
    """Return whether a list holds pairs of Key and Value, which Pulumi writes as one map."""
    return set(getattr(shape.member, "members", ())) == {"Key", "Value"}  # type: ignore[attr-defined]


def _only(value: Value) -> Properties:
    if isinstance(value, list):
        if len(value) != 1:
            raise ProviderError(f"one object is required, {len(value)} were given")
        value = value[0]
    return dict(value)


def like(wanted: Value, found: Value, renames: Mapping[str, str] | None = None) -> Value:
    """Return AWS's value (``found``) in the form of the program's (``wanted``); ``wanted`` itself if they agree.

    A value that is not in AWS's response is taken to be as wanted: many responses omit inputs.
    """
    renames = renames or {}
    if found is None or wanted is None:
        return wanted
    if isinstance(wanted, Mapping):
        if isinstance(found, list) and found and all(set(item) == {"Key", "Value"} for item in found):
            return {item["Key"]: item["Value"] for item in found}
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        if not isinstance(found, Mapping):
            return wanted
        return {key: like(item, pick(found, key, renames), renames) for key, item in wanted.items()}
    if isinstance(wanted, list):
        return _like_list(wanted, found, renames)
    if isinstance(wanted, bool):
        return found if isinstance(found, bool) else str(found).lower() == "true"
    if isinstance(wanted, int | float):
        return _number(found, wanted)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, Mapping | list):
        return wanted if same_json(wanted, found) else json.dumps(found)
    return wanted if same_json(wanted, str(found)) else str(found)


def _like_list(wanted: list[Value], found: Value, renames: Mapping[str, str]) -> Value:
    if not isinstance(found, list):
        found = [found]
    if all(isinstance(item, str | int | float) for item in [*wanted, *found]):
        # Their order means nothing in AWS.
        return wanted if sorted(map(str, wanted)) == sorted(map(str, found)) else list(found)
    if len(wanted) != len(found):
        return wanted
    return [like(item, other, renames) for item, other in zip(wanted, found, strict=True)]


def _number(found: Value, wanted: float) -> Value:
    try:
        number = float(found)
    except (TypeError, ValueError):
        return wanted
    return int(number) if number.is_integer() else number


def pick(found: Mapping[str, Value], key: str, renames: Mapping[str, str]) -> Value:
    """Return the member of a response that the property ``key`` is, None if there is none."""
    name = renames.get(key)
    if name is None or name not in found:
        name = member_of(found, key)
    return found[name] if name is not None else None


def path_of(found: Value, path: str) -> Value:
    """Return the value at a dotted path (``Subnets.0.SubnetId``), None where the path ends early."""
    for part in path.split(".") if path else ():
        if isinstance(found, list):
            found = found[int(part)] if int(part) < len(found) else None
        elif isinstance(found, Mapping):
            found = found.get(part)
        else:
            return None
    return found


def same_json(one: Value, other: Value) -> bool:
    """Return whether two values are equal, JSON texts compared by their content."""
    if one == other:
        return True
    one, other = _parsed(one), _parsed(other)
    return isinstance(one, dict | list) and _sorted(one) == _sorted(other)


def _parsed(value: Value) -> Value:
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _sorted(value: Value) -> Value:
    """Lists of a policy document mean sets, and one alone may stand without its brackets."""
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((_sorted(item) for item in value), key=repr)
        return items[0] if len(items) == 1 else items
    return value
