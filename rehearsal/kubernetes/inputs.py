"""Check of an object's inputs: kind, name and namespace filled in as pulumi-kubernetes does."""

import base64
import hashlib
import secrets
from typing import Any

from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.waiting import wait_for
from rehearsal.plugins.provider import Checked, Failure, Resource
from rehearsal.plugins.wire import UNKNOWN, Properties, Secret, Unknown, Value, contains_unknown, unwrap

AUTONAMED = "pulumi.com/autonamed"
_SECRET_FIELDS = ("data", "stringData")


def check(
    resource: Resource, kind: Kind, olds: Properties, news: Properties, default_namespace: str, seed: bytes = b""
) -> Checked:
    """Inputs with apiVersion, kind, ``metadata.name`` and ``metadata.namespace``; a Secret's texts as data."""
    inputs = unwrap(news)
    inputs["apiVersion"], inputs["kind"] = kind.api_version, kind.kind
    metadata = inputs.get("metadata")
    if isinstance(metadata, Unknown):
        return Checked(inputs=hide(kind, inputs))
    if metadata is None:
        metadata = inputs["metadata"] = {}
    if not isinstance(metadata, dict):
        return Checked(inputs=inputs, failures=[Failure(property="metadata", reason="must be a map")])
    if metadata.get("generateName"):
        reason = "the API server would make a new name each time; omit it and Pulumi names the object"
        return Checked(inputs=inputs, failures=[Failure(property="metadata.generateName", reason=reason)])
    if failures := _waits(metadata):
        return Checked(inputs=inputs, failures=failures)
    if not metadata.get("name"):
        _name(resource, metadata, olds, seed)
    if kind.namespaced and not metadata.get("namespace"):
        metadata["namespace"] = default_namespace
    if kind.namespaced is False:
        metadata.pop("namespace", None)
    return Checked(inputs=hide(kind, with_texts_as_data(kind, inputs)))


def _waits(metadata: Properties) -> list[Failure]:
    """What is wrong with the annotation that says what to wait for."""
    annotations = metadata.get("annotations")
    text = annotations.get(wait_for.ANNOTATION) if isinstance(annotations, dict) else None
    if not isinstance(text, str) or not text:
        return []
    try:
        wait_for.parse(text)
    except wait_for.WaitForError as error:
        return [Failure(property=f'metadata.annotations["{wait_for.ANNOTATION}"]', reason=str(error))]
    return []


def with_texts_as_data(kind: Kind, values: Properties) -> Properties:
    """A Secret's ``stringData`` as ``data``, as the API server keeps it; while anything is unknown it stays."""
    texts = values.get("stringData")
    if (kind.api_version, kind.kind) != ("v1", "Secret") or not isinstance(texts, dict) or contains_unknown(values):
        return values
    result = {key: value for key, value in values.items() if key != "stringData"}
    encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
    return {**result, "data": {**(values.get("data") or {}), **encoded}}


def is_autonamed(inputs: Properties) -> bool:
    """Return whether the name was made here."""
    annotations = (inputs.get("metadata") or {}).get("annotations")
    return isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"


def hide(kind: Kind, values: Properties) -> Properties:
    """``values`` with the content of a Secret marked secret."""
    if (kind.api_version, kind.kind) != ("v1", "Secret"):
        return values
    return values | {field: Secret(values[field]) for field in _SECRET_FIELDS if field in values}


def _name(resource: Resource, metadata: dict[str, Any], olds: Properties, seed: bytes) -> None:
    """Keep the old name, or make a new one from the engine's seed, which is another for every creation."""
    annotations = metadata.get("annotations")
    if isinstance(annotations, Unknown):
        metadata["name"] = UNKNOWN
        return
    if olds and is_autonamed(olds):
        metadata["name"] = olds["metadata"]["name"]
    else:
        chance = hashlib.sha256(seed or secrets.token_bytes(32)).hexdigest()
        metadata["name"] = f"{resource.name}-{chance[:8]}"
    metadata["annotations"] = {**(annotations or {}), AUTONAMED: "true"}


def known(value: Value) -> Value:
    """``value`` without its unknown parts, so that what is known can be tried on the API server."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list):
        return [known(item) for item in value if not isinstance(item, Unknown)]
    return value
