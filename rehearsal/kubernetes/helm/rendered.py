"""A release's manifest before anything is installed: values against the chart's schema, templates rendered."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from rehearsal.kubernetes.helm import chart_loading
from rehearsal.kubernetes.helm.library_errors import HelmError, translated
from rehearsal.plugins.wire import Properties, Unknown, Value

if TYPE_CHECKING:
    from helm_python import Chart

_PLACEHOLDER = "not-known-yet"
# A finding of Helm's schema check: "- at '/replicas': got string, want integer". One that sums up those below it ends in
# "failed".
_FINDING = re.compile(r"^ *- at '(?P<pointer>[^']*)': (?P<what>.*(?<!failed))$", re.MULTILINE)


class InvalidValuesError(Exception):
    """The chart refuses the values; the message is one line."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What a chart makes of its values.

    Attributes:
        checksum: SHA-256 of the manifest, by which Pulumi notices that a chart has changed under the same version.
        resource_names: Names of the objects, ``NAMESPACE/NAME``, by ``KIND.GROUP/APIVERSION``.
    """

    checksum: str
    resource_names: dict[str, list[str]]


def check(chart: "Chart | str", inputs: Properties) -> Rendered | None:
    """Check the values of a release and render it; None where values that are not known yet decide.

    Raises:
        InvalidValuesError: the schema or a template refuses them.
    """
    loaded = chart_loading.load_folder(chart) if isinstance(chart, str) else chart
    unknown: list[str] = []
    values = _complete(inputs.get("values") or {}, "", unknown)
    _against_schema(loaded, values, unknown)
    if unknown or any(isinstance(inputs.get(key), Unknown) for key in ("name", "namespace")):
        return None
    try:
        with translated():
            files = loaded.render(values, name=inputs["name"], namespace=inputs["namespace"], is_install=True)
            definitions = [] if inputs.get("skipCrds") else [str(item["data"]) for item in loaded.crds]
    except HelmError as error:
        raise InvalidValuesError(_one_line(str(error))) from error
    texts = [*definitions, *(files[path] for path in sorted(files) if not path.endswith("NOTES.txt"))]
    manifest = "\n---\n".join(texts)
    return Rendered(checksum=hashlib.sha256(manifest.encode()).hexdigest(), resource_names=names_in(manifest))


def objects_in(manifest: str) -> list[dict[str, Any]]:
    """The objects of a manifest; lists are taken apart.

    Raises:
        InvalidValuesError: it is not YAML.
    """
    try:
        documents = list(yaml.load_all(manifest, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise InvalidValuesError(f"the templates do not give YAML: {_one_line(str(error))}") from error
    found: list[dict[str, Any]] = []
    for document in documents:
        if isinstance(document, dict) and document.get("kind"):
            found += document.get("items") or [] if str(document["kind"]).endswith("List") else [document]
    return found


def names_in(manifest: str) -> dict[str, list[str]]:
    """The objects' names by kind, as pulumi-kubernetes keeps them in `resourceNames`."""
    names: dict[str, set[str]] = {}
    for item in objects_in(manifest):
        group = str(item["apiVersion"]).rpartition("/")[0]
        key = f"{item['kind']}{'.' + group if group else ''}/{item['apiVersion']}"
        metadata = item.get("metadata") or {}
        namespace = metadata.get("namespace")
        names.setdefault(key, set()).add(f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"]))
    return {key: sorted(names[key]) for key in sorted(names)}


# The C loader where PyYAML has it: the manifest of a set of CRDs is long.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _against_schema(chart: "Chart", values: Properties, unknown: list[str]) -> None:
    try:
        with translated():
            chart.validate_schema(values)
    except HelmError as error:
        found = list(_findings(str(error)))
        known = [text for pointer, text in found if not any(f"{pointer}/".startswith(f"{path}/") for path in unknown)]
        if known or not unknown:
            raise InvalidValuesError("; ".join(sorted(known)) or _one_line(str(error))) from error


def _findings(text: str) -> Iterator[tuple[str, str]]:
    for finding in _FINDING.finditer(text):
        pointer = finding["pointer"]
        yield pointer, f"values{pointer.replace('/', '.')}: {finding['what']}"


def _complete(value: Value, path: str, unknown: list[str]) -> Value:
    """``value`` with a text for each unknown part, whose JSON pointers go into ``unknown``."""
    if isinstance(value, Unknown):
        unknown.append(path)
        return _PLACEHOLDER
    if isinstance(value, dict):
        return {key: _complete(item, f"{path}/{key}", unknown) for key, item in value.items()}
    if isinstance(value, list):
        return [_complete(item, f"{path}/{number}", unknown) for number, item in enumerate(value)]
    return value


def _one_line(text: str) -> str:
    return " ".join(text.split())
