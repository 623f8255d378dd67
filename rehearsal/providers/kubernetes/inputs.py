"""Check of an object's inputs: kind, name and namespace filled in as pulumi-kubernetes does."""

import hashlib
import json
from typing import Any

from rehearsal.providers.kubernetes.kinds import Kind
from rehearsal.providers.plugin import Checked, Failure, Resource
from rehearsal.providers.wire import UNKNOWN, Properties, Secret, Unknown, Value, unwrap

AUTONAMED = "pulumi.com/autonamed"
_SECRET_FIELDS = ("data", "stringData")


def check(resource: Resource, kind: Kind, olds: Properties, news: Properties, default_namespace: str) -> Checked:
    """Inputs with apiVersion, kind, ``metadata.name`` and ``metadata.namespace``."""
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
        reason = "the API server would make a new name each time; leave it out and Pulumi names the object"
        return Checked(inputs=inputs, failures=[Failure(property="metadata.generateName", reason=reason)])
    if not metadata.get("name"):
        _name(resource, metadata, olds, news)
    if kind.namespaced and not metadata.get("namespace"):
        metadata["namespace"] = default_namespace
    if kind.namespaced is False:
        metadata.pop("namespace", None)
    return Checked(inputs=hide(kind, inputs))


def is_autonamed(inputs: Properties) -> bool:
    """Whether the name was made here."""
    annotations = (inputs.get("metadata") or {}).get("annotations")
    return isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"


def hide(kind: Kind, values: Properties) -> Properties:
    """``values`` with the content of a Secret marked secret."""
    if (kind.api_version, kind.kind) != ("v1", "Secret"):
        return values
    return values | {field: Secret(values[field]) for field in _SECRET_FIELDS if field in values}


def _name(resource: Resource, metadata: dict[str, Any], olds: Properties, news: Properties) -> None:
    """Keep the old name, or make one from the resource's name and what is asked for.

    The name follows from the content, not from chance: a create that was killed before Pulumi heard of it finds its own
    object again, and a replacement with other content still gets another name.
    """
    annotations = metadata.get("annotations")
    if isinstance(annotations, Unknown):
        metadata["name"] = UNKNOWN
        return
    if olds and is_autonamed(olds):
        metadata["name"] = olds["metadata"]["name"]
    else:
        content = json.dumps(news, sort_keys=True, default=str)
        digest = hashlib.sha256(f"{resource.urn}\n{content}".encode()).hexdigest()
        metadata["name"] = f"{resource.name.lower()}-{digest[:8]}"
    metadata["annotations"] = {**(annotations or {}), AUTONAMED: "true"}


def known(value: Value) -> Value:
    """``value`` without its unknown parts, so that what is known can be tried on the API server."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list):
        return [known(item) for item in value if not isinstance(item, Unknown)]
    return value
