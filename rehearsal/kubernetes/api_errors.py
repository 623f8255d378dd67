"""Errors of the API server, worded so that the author of the program finds the place."""

import re

from rehearsal.controlplane.errors import AlreadyExistsError, ApiError, ConflictError, InvalidError, NotFoundError
from rehearsal.plugins.wire import Properties, Value

_TYPED_PATCH = re.compile(r"failed to create typed patch object \([^)]*\): ")
_KEYED = re.compile(r"\[((?:[A-Za-z]\w*=(?:\"[^\"]*\"|[^\],]*),?)+)\]")
_PAIR = re.compile(r"([A-Za-z]\w*)=(?:\"([^\"]*)\"|([^\],]*))")
_PATH = re.compile(r"(\.[\w./\-\[\]=\",]+): field not declared in schema")
_FIXED = re.compile(r"field is immutable|may not change once set|updates to .* are forbidden", re.IGNORECASE)
_DECODING = re.compile(r'^\w+ in version "[^"]*" cannot be handled as a \w+: (strict decoding error: )?')
_UNKNOWN_FIELD = re.compile(r'unknown field "([^"]+)"')
PATCH_FORCE = "pulumi.com/patchForce"
# What pulumi-kubernetes says since 4.29 (`await.Creation`), for a user whose update was killed as well.
_EXISTS = (
    "The resource already exists in the cluster. Renamed in the program: use an alias, or deleteBeforeReplace. "
    "Only some of its fields are yours: use a Patch resource. It shall belong to this stack: `pulumi import`, or set "
    "upsertExistingObjects on the provider. An update that was killed made it: "
    "`PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up`, once"
)


_MISSPELT = "unknown field; is it misspelt, or in the wrong place?"


def explain(error: ApiError, obj: Properties, title: str) -> str:
    """Return one line for ``error``, which applying ``obj`` raised."""
    if isinstance(error, ConflictError) and error.causes:
        return _conflict(error, obj, title)
    if isinstance(error, NotFoundError) and error.details.get("kind") == "namespaces":
        return f'{title}: namespace "{error.details.get("name")}" does not exist; make it first and depend on it'
    if isinstance(error, AlreadyExistsError):
        return f"{title}: {error.message}. {_EXISTS}"
    message = indexed(_TYPED_PATCH.sub("", _DECODING.sub("", error.message)), obj)
    if is_unknown_field(error):
        message = _PATH.sub(rf"\1: {_MISSPELT}", _UNKNOWN_FIELD.sub(rf".\1: {_MISSPELT}", message))
    if isinstance(error, InvalidError) and _FIXED.search(message):
        message += "; Kubernetes cannot change it in place: list it in replace_on_changes, or leave it as it is"
    return f"{title}: {message}"


def is_unknown_field(error: ApiError) -> bool:
    """Return whether the manifest has a field that its schema lacks."""
    return "field not declared in schema" in error.message or "unknown field" in error.message


def is_malformed(error: ApiError) -> bool:
    """Return whether the manifest breaks its schema, whatever the cluster holds."""
    return is_unknown_field(error) or bool(_TYPED_PATCH.search(error.message) or _DECODING.match(error.message))


def indexed(message: str, obj: Properties) -> str:
    """Return paths with list indices: ``containers[name="vllm"]`` becomes ``containers[0]``, as in the program."""
    result, position = "", 0
    for matched in _KEYED.finditer(message):
        before = message[: matched.start()]
        start = before.rfind(" ") + 1
        index = _index(obj, indexed(before[start:], obj), matched[1])
        result += message[position : matched.start()] + (matched[0] if index is None else f"[{index}]")
        position = matched.end()
    return result + message[position:]


def _index(obj: Properties, path: str, keys: str) -> int | None:
    items = _at(obj, path)
    wanted = {name: quoted or plain for name, quoted, plain in _PAIR.findall(keys)}
    if not isinstance(items, list):
        return None
    for number, item in enumerate(items):
        if isinstance(item, dict) and all(
            str(item.get(name)) == value for name, value in wanted.items() if name in item
        ):
            return number
    return None


def _at(obj: Value, path: str) -> Value:
    for name, number in re.findall(r"\.?([\w/-]+)|\[(\d+)\]", path):
        if name and isinstance(obj, dict):
            obj = obj.get(name)
        elif number and isinstance(obj, list) and int(number) < len(obj):
            obj = obj[int(number)]
        else:
            return None
    return obj


def _conflict(error: ConflictError, obj: Properties, title: str) -> str:
    owners: dict[str, list[str]] = {}
    for cause in error.causes:
        owner = re.sub(r"^conflict with ", "", cause.get("message", "")) or "another manager"
        owners.setdefault(owner, []).append(indexed(cause.get("field", "?"), obj))
    owned = "; ".join(f"{', '.join(fields)} is managed by {owner}" for owner, fields in owners.items())
    return (
        f"{title}: conflict: {owned}. Fix: remove the field from the program or list it in ignore_changes, "
        f'or take it over with the annotation {PATCH_FORCE}: "true"'
    )
