"""Inputs of a release: defaults as pulumi-kubernetes sets them, and what the rehearsal does not do, refused by name.

Source: ``provider/pkg/provider/helm_release.go`` of pulumi/pulumi-kubernetes (``setDefaults``, ``decodeRelease``).
"""

import hashlib
from pathlib import Path
from typing import Any

import yaml

from rehearsal.plugins.provider import Failure, Resource
from rehearsal.plugins.wire import Asset, Properties, Unknown, Value, contains_unknown

DEFAULT_TIMEOUT = 300
"""Seconds that installing and uninstalling may take."""

_KNOWN = frozenset(
    {
        "allowNullValues",
        "atomic",
        "chart",
        "checksum",
        "cleanupOnFail",
        "createNamespace",
        "dependencyUpdate",
        "description",
        "devel",
        "disableCRDHooks",
        "disableOpenapiValidation",
        "disableWebhooks",
        "forceUpdate",
        "maxHistory",
        "name",
        "namespace",
        "renderSubchartNotes",
        "replace",
        "repositoryOpts",
        "resetValues",
        "resourceNames",
        "reuseValues",
        "skipAwait",
        "skipCrds",
        "timeout",
        "valueYamlFiles",
        "values",
        "version",
        "waitForJobs",
    }
)
# The schema of the resource, with these, says so itself.
_IGNORED = frozenset({"compat", "manifest"})
_REPOSITORY = frozenset({"repo"})


def with_defaults(resource: Resource, olds: Properties, inputs: Properties, default_namespace: str) -> Properties:
    """The inputs with name, namespace and timeout filled in."""
    result = {key: value for key, value in inputs.items() if key not in _IGNORED}
    result["namespace"] = result.get("namespace") or default_namespace
    if not result.get("name"):
        digest = hashlib.sha256(resource.urn.encode()).hexdigest()[:8]
        result["name"] = olds.get("name") or f"{resource.name}-{digest}"
    if not result.get("skipAwait"):
        result.setdefault("timeout", DEFAULT_TIMEOUT)
    return result


def refused(inputs: Properties) -> list[Failure]:
    """The inputs that the rehearsal does not do; those that are off count for nothing."""
    reason = "the rehearsal's Helm does not do this; omit it"
    found = [Failure(property=key, reason=reason) for key in sorted(inputs.keys() - _KNOWN) if inputs[key]]
    options = inputs.get("repositoryOpts")
    if isinstance(options, dict):
        found += [
            Failure(property=f"repositoryOpts.{key}", reason="repositories of a rehearsal have no credentials; omit it")
            for key in sorted(options.keys() - _REPOSITORY)
            if options[key]
        ]
    return found


def with_values(inputs: Properties) -> Properties:
    """The inputs with the content of `valueYamlFiles` in `values`, where that is known; a null removes a chart's default.

    Raises:
        ValueError: a file is missing, or is not a map in YAML.
    """
    files = inputs.get("valueYamlFiles") or []
    if contains_unknown(files) or isinstance(inputs.get("values"), Unknown):
        return inputs
    base: dict[str, Any] = {}
    for number, file in enumerate(files):
        base |= _read(file, f"valueYamlFiles[{number}]")
    result = {key: value for key, value in inputs.items() if key != "valueYamlFiles"}
    return {**result, "values": _merged(base, inputs.get("values") or {})}


def _read(file: Value, where: str) -> dict[str, Any]:
    fields = file.fields if isinstance(file, Asset) and not file.archive else {}
    try:
        text = str(fields["text"]) if "text" in fields else Path(str(fields["path"])).read_text(encoding="utf-8")
        loaded = yaml.safe_load(text) or {}
    except KeyError:
        raise ValueError(f"{where}: must be a file or text asset") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{where}: {' '.join(str(error).split())}") from None
    if not isinstance(loaded, dict):
        raise ValueError(f"{where}: values are a map, not {type(loaded).__name__}")  # noqa: TRY004 - the file's content is wrong
    return loaded


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``over`` on ``base``, map by map."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
