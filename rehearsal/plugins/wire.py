"""Property values in Pulumi's wire format: protobuf Structs to Python and back.

Plain JSON values stay themselves, except that integral numbers become ``int`` (a Struct only has doubles). What JSON
has no word for becomes one of the small types below, marked on the wire by a signature key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from google.protobuf.struct_pb2 import Struct
from google.protobuf.struct_pb2 import Value as StructValue

Value: TypeAlias = Any
"""None, bool, int, float, str, list, dict, or one of this module's types."""

Properties: TypeAlias = dict[str, Value]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a published constant of the protocol
REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"

UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """The type of `UNKNOWN`: a value that a preview cannot know yet."""

    def __repr__(self) -> str:
        """Name it in messages and test output."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that is never shown; it prints without its content."""

    value: Value

    def __repr__(self) -> str:
        """Keep the content out of logs."""
        return "Secret(...)"


@dataclass(frozen=True, kw_only=True)
class Output:
    """A value with its dependencies, as remote components get and give them; ``value`` UNKNOWN when not known."""

    value: Value = UNKNOWN
    secret: bool = False
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Another resource; ``id`` is None for components and UNKNOWN for a resource that is not created yet."""

    urn: str
    id: Value = None
    package_version: str = ""
    name: str = ""
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file (``text``, ``path`` or ``uri``) or, with ``archive`` set, a tree of them (``assets``, ``path``, ``uri``)."""

    archive: bool
    fields: Mapping[str, Value]


def decode(struct: Struct) -> Properties:
    """Return a Struct as a dict of Python values, its keys in order.

    The maps of a Struct come in another order in every process. A request made from them would then never be, byte for
    byte, the one that an earlier process made, by which a repeated creation is recognized.
    """
    return _decode_fields(struct)


def _decode_fields(struct: Struct) -> Properties:
    return {key: _decode(struct.fields[key]) for key in sorted(struct.fields)}


def _decode(value: StructValue) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        fields = _decode_fields(value.struct_value)
        return _special(fields) if SIGNATURE in fields else fields
    return None


def _special(fields: Properties) -> Value:
    signature = fields.pop(SIGNATURE)
    if signature == SECRET:
        return Secret(fields.get("value"))
    if signature == OUTPUT:
        return Output(
            value=fields.get("value", UNKNOWN),
            secret=bool(fields.get("secret")),
            dependencies=tuple(fields.get("dependencies") or ()),
        )
    if signature == REFERENCE:
        # Whether there is an id tells a custom resource from a component; an empty one stands for "not known yet".
        given = UNKNOWN if fields.get("id") == "" else fields.get("id")
        return Reference(
            urn=fields["urn"],
            id=given,
            package_version=fields.get("packageVersion") or "",
            name=fields.get("name") or "",
            type=fields.get("type") or "",
        )
    if signature in (ASSET, ARCHIVE):
        return Asset(archive=signature == ARCHIVE, fields=fields)
    raise ValueError(f"a value with the unknown signature {signature} on Pulumi's wire; the engine is too new")


def encode(properties: Mapping[str, Value]) -> Struct:
    """Return a dict of Python values as a Struct; the inverse of `decode`."""
    struct = Struct()
    _fill(struct, properties)
    return struct


def _fill(struct: Struct, fields: Mapping[str, Value]) -> None:
    for key, value in fields.items():
        _encode(struct.fields[key], value)


def _encode(target: StructValue, value: Value) -> None:
    if value is None:
        target.null_value = 0  # type: ignore[assignment]
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Unknown):
        target.string_value = UNKNOWN_TEXT
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _encode(target.list_value.values.add(), item)
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        _fill(target.struct_value, value)
    else:
        _fill(target.struct_value, _wrapped(value))


def _wrapped(value: Value) -> Properties:
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": value.value}
    if isinstance(value, Output):
        known = {} if isinstance(value.value, Unknown) else {"value": value.value}
        return {SIGNATURE: OUTPUT, "secret": value.secret, "dependencies": list(value.dependencies)} | known
    if isinstance(value, Reference):
        fields: Properties = {SIGNATURE: REFERENCE, "urn": value.urn}
        if value.id is not None:
            fields["id"] = value.id
        if value.package_version:
            fields["packageVersion"] = value.package_version
        return fields
    if isinstance(value, Asset):
        return {SIGNATURE: ARCHIVE if value.archive else ASSET, **value.fields}
    raise TypeError(f"{type(value).__name__} has no form on Pulumi's wire")


def unwrap(value: Value) -> Value:
    """Return the value without secret and output marks, at every depth; unknown stays UNKNOWN."""
    if isinstance(value, Secret | Output):
        return unwrap(value.value)
    if isinstance(value, list | tuple):
        return [unwrap(item) for item in value]
    if isinstance(value, Mapping):
        return {key: unwrap(item) for key, item in value.items()}
    return value


def contains_unknown(value: Value) -> bool:
    """Return whether anything in the value is not known yet."""
    return _contains(value, Unknown)


def contains_secret(value: Value) -> bool:
    """Return whether anything in the value is secret."""
    return _contains(value, Secret)


def _contains(value: Value, kind: type) -> bool:
    if isinstance(value, kind):
        return True
    if isinstance(value, Output):
        return (kind is Secret and value.secret) or _contains(value.value, kind)
    if isinstance(value, Secret):
        return _contains(value.value, kind)
    if isinstance(value, list | tuple):
        return any(_contains(item, kind) for item in value)
    if isinstance(value, Mapping):
        return any(_contains(item, kind) for item in value.values())
    return False


def keep_secrets(result: Value, *sources: Value) -> Value:
    """Return ``result`` with everything marked secret that is secret in one of ``sources`` at the same path.

    Where ``result`` has another shape than the source (a list got shorter, a map was turned into text), the whole part
    becomes secret: too much hidden is a nuisance, too little is a leak. A key that ``result`` lacks is passed over: what
    a provider derives from it under another name (a Kubernetes Secret's ``data`` from ``stringData``) it must mark itself.
    """
    for source in sources:
        result = _keep(result, source)
    return result


def _keep(result: Value, source: Value) -> Value:
    if isinstance(result, Secret) or not contains_secret(source):
        return result
    if isinstance(source, Secret) or (isinstance(source, Output) and source.secret):
        return Secret(unwrap(result))
    if isinstance(source, Output):
        return _keep(result, source.value)
    if isinstance(source, Mapping) and isinstance(result, Mapping):
        return {key: _keep(item, source[key]) if key in source else item for key, item in result.items()}
    if isinstance(source, list | tuple) and isinstance(result, list | tuple) and len(source) == len(result):
        return [_keep(item, origin) for item, origin in zip(result, source, strict=True)]
    return Secret(unwrap(result))
