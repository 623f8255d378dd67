"""A container's environment, command and arguments: references resolved, $(VAR) expanded, mount paths translated."""

import base64
import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from planner import quantities
from rehearsal.images.container import Mount
from rehearsal.nodes.api import Object

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)")
Fetch = Callable[[str, str], Awaitable[Object | None]]
"""Reads an object of the pod's namespace: plural, name; None if it is not there."""


class ConfigError(Exception):
    """The container cannot be created; the message is what kubelet says."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Expand ``$(NAME)`` as Kubernetes does: ``$$`` is a dollar sign, an unknown name stays as it is written."""

    def replace(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return variables.get(match[1], match[0])

    return _REFERENCE.sub(replace, text)


async def resolve(container: Object, pod: Object, status: Mapping[str, str], fetch: Fetch) -> dict[str, str]:
    """The environment the manifest describes.

    Args:
        container: Container spec.
        pod: Its pod.
        status: ``podIP``, ``hostIP``, and what the node can allocate: ``cpu`` and ``memory`` as quantities.
        fetch: Reads ConfigMaps and Secrets.

    Raises:
        ConfigError: something referred to is not there.
    """
    variables: dict[str, str] = {}
    for source in container.get("envFrom", []):
        for name, value in (await _whole(source, fetch)).items():
            variables[source.get("prefix", "") + name] = value
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            found = await _value_from(entry["valueFrom"], container, pod, status, fetch)
            if found is not None:
                variables[entry["name"]] = found
        else:
            variables[entry["name"]] = expand(entry.get("value") or "", variables)
    return variables


def field(path: str, pod: Object, status: Mapping[str, str]) -> str:
    """The value of a downward API field."""
    meta, spec = pod["metadata"], pod["spec"]
    match = re.fullmatch(r"metadata\.(labels|annotations)\['([^']+)'\]", path)
    if match:
        return str(meta.get(match[1], {}).get(match[2], ""))
    if path in {"metadata.labels", "metadata.annotations"}:
        return "\n".join(f'{k}="{v}"' for k, v in sorted(meta.get(path.partition(".")[2], {}).items()))
    known: dict[str, str] = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", "default"),
        "status.podIP": status.get("podIP", ""),
        "status.podIPs": status.get("podIP", ""),
        "status.hostIP": status.get("hostIP", ""),
        "status.hostIPs": status.get("hostIP", ""),
    }
    if path not in known:
        raise ConfigError(f"unsupported fieldPath {path}: the rehearsal does not resolve it")
    return known[path]


def resource_field(source: Object, container: Object, pod: Object, status: Mapping[str, str]) -> str:
    """The value of a ``resourceFieldRef``: a request or limit divided by the divisor, rounded up.

    A limit of CPU or memory that is not set is what the node can allocate; a request that is not set is 0, since the API
    server has set it from the limit where there is one.
    """
    named = source.get("containerName") or container.get("name")
    found = [one for one in pod["spec"].get("containers", []) if one["name"] == named]
    kind, _, resource = str(source["resource"]).partition(".")
    if kind not in {"limits", "requests"} or resource not in {"cpu", "memory", "ephemeral-storage"}:
        raise ConfigError(f"resourceFieldRef {source['resource']}: the rehearsal does not resolve it")
    given = ((found[0] if found else container).get("resources") or {}).get(kind, {}).get(resource)
    if given is None:
        given = status.get(resource, "0") if kind == "limits" else "0"
    amount, divisor = quantities.parse(given), quantities.parse(source.get("divisor") or "1") or 1
    if amount is None:
        raise ConfigError(f"resourceFieldRef {source['resource']}: {given!r} is not a quantity")
    return str(math.ceil(amount / divisor))


def to_host(text: str, mounts: Sequence[Mount]) -> str:
    """Replace every mount path in ``text`` by where the volume is on this machine."""
    hosts = {mount.path.rstrip("/"): mount.host for mount in mounts}
    if not hosts:
        return text
    # One pass, the longest path first: a volume's own folder may itself lie below a path that is mounted, such as /tmp.
    paths = "|".join(re.escape(path) for path in sorted(hosts, key=len, reverse=True))
    return re.sub(rf"(?<![\w./-])({paths})(?=$|[^\w.-])", lambda match: hosts[match[1]], text)


async def _whole(source: Object, fetch: Fetch) -> dict[str, str]:
    for kind, plural in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
        if kind in source:
            found = await _object(plural, source[kind], fetch)
            return _data(found) if found else {}
    return {}


async def _value_from(
    source: Object, container: Object, pod: Object, status: Mapping[str, str], fetch: Fetch
) -> str | None:
    if "fieldRef" in source:
        return field(source["fieldRef"]["fieldPath"], pod, status)
    if "resourceFieldRef" in source:
        return resource_field(source["resourceFieldRef"], container, pod, status)
    for kind, plural, word in (
        ("configMapKeyRef", "configmaps", "ConfigMap"),
        ("secretKeyRef", "secrets", "Secret"),
    ):
        if kind not in source:
            continue
        reference = source[kind]
        found = await _object(plural, reference, fetch)
        data = _data(found) if found else {}
        if reference["key"] not in data:
            if found is None or reference.get("optional"):
                return None
            where = f"{pod['metadata']['namespace']}/{reference['name']}"
            raise ConfigError(f"couldn't find key {reference['key']} in {word} {where}")
        return data[reference["key"]]
    raise ConfigError(f"valueFrom {', '.join(source)}: the rehearsal does not resolve it")


async def _object(plural: str, reference: Object, fetch: Fetch) -> Object | None:
    found = await fetch(plural, reference["name"])
    if found is None and not reference.get("optional"):
        raise ConfigError(f'{plural.removesuffix("s")} "{reference["name"]}" not found')
    return found


def _data(obj: Object) -> dict[str, str]:
    return {name: value.decode(errors="replace") for name, value in content(obj).items()}


def content(obj: Object) -> dict[str, bytes]:
    """The data of a ConfigMap or Secret as bytes."""
    encoded: dict[str, Any] = obj.get("binaryData") or {}
    plain: dict[str, Any] = obj.get("data") or {}
    if obj.get("kind") == "Secret" or obj.get("type"):
        encoded, plain = plain, {}
    return {name: base64.b64decode(value) for name, value in encoded.items()} | {
        name: value.encode() for name, value in plain.items()
    }
