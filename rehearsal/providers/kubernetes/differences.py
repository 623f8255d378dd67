"""What differs between two sets of inputs, and which differences no update can make.

The fields that force a replacement are those of pulumi-kubernetes 4 (its table `forceNew`), and a Secret's or a
ConfigMap's content, which it replaces unless the provider says `enableSecretMutable` / `enableConfigMapMutable`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.providers.kubernetes.inputs import is_autonamed
from rehearsal.providers.kubernetes.kinds import Kind
from rehearsal.providers.plugin import ADD, DELETE, UPDATE, Diff
from rehearsal.providers.wire import Properties, Value

_CONTAINER_FIELDS = (
    "env",
    "image",
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "securityContext",
    "terminationMessagePath",
    "workingDir",
)
_ALWAYS = ("metadata.name", "metadata.namespace", "apiVersion", "kind")
_STATEFUL_SET = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)
IMMUTABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps/v1", "DaemonSet"): ("spec.selector",),
    ("apps/v1", "Deployment"): ("spec.selector",),
    ("apps/v1", "StatefulSet"): _STATEFUL_SET,
    ("batch/v1", "Job"): ("spec.selector", "spec.template"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): ("roleRef",),
    ("scheduling.k8s.io/v1", "PriorityClass"): ("value", "preemptionPolicy"),
    ("storage.k8s.io/v1", "StorageClass"): ("parameters", "provisioner"),
    ("v1", "PersistentVolumeClaim"): ("spec",),
    ("v1", "Pod"): tuple(f"spec.containers[*].{field}" for field in _CONTAINER_FIELDS),
    ("v1", "ResourceQuota"): ("spec.scopes",),
    ("v1", "Service"): ("spec.clusterIP", "spec.type"),
}
_SECRET = ("data", "stringData", "type")
_CONFIG_MAP = ("binaryData", "data")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, kw_only=True)
class Mutable:
    """What the provider's settings let an update change."""

    secrets: bool = False
    config_maps: bool = False


def compare(kind: Kind, olds: Properties, news: Properties, mutable: Mutable) -> Diff:
    """The difference between checked inputs of last time and of now."""
    detailed = dict(changes(olds, news))
    frozen = _frozen(kind, olds, mutable)
    replaces = [path for path in detailed if any(_within(path, prefix) for prefix in frozen)]
    return Diff(
        diffs=sorted({re.split(r"[.\[]", path, maxsplit=1)[0] for path in detailed}),
        replaces=replaces,
        delete_before_replace=bool(replaces) and _same_place(olds, news),
        detailed=detailed,
    )


def changes(old: Value, new: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """Paths of the leaves that differ, as ``spec.containers[0].image``, with what happened to them."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            where = _join(path, key)
            if key not in new or (new[key] is None and old.get(key) is not None):
                yield where, DELETE
            elif key not in old or (old[key] is None and new[key] is not None):
                yield where, ADD
            else:
                yield from changes(old[key], new[key], where)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            where = f"{path}[{index}]"
            if index >= len(new):
                yield where, DELETE
            elif index >= len(old):
                yield where, ADD
            else:
                yield from changes(old[index], new[index], where)
    elif old != new:
        yield path, UPDATE


def _frozen(kind: Kind, olds: Properties, mutable: Mutable) -> tuple[str, ...]:
    fields = IMMUTABLE.get((kind.api_version, kind.kind), ())
    sealed = olds.get("immutable") is True
    if kind.api_version == "v1" and kind.kind == "Secret":
        fields = () if mutable.secrets and not sealed else _SECRET
    elif kind.api_version == "v1" and kind.kind == "ConfigMap":
        fields = () if mutable.config_maps and not sealed else _CONFIG_MAP
    return (*_ALWAYS, *fields)


def _within(path: str, prefix: str) -> bool:
    shape = _INDEX.sub("[*]", path)
    return shape == prefix or shape.startswith((f"{prefix}.", f"{prefix}["))


def _same_place(olds: Properties, news: Properties) -> bool:
    """Whether old and new cannot stand side by side: a name that was given, and the same one."""
    before, after = olds.get("metadata") or {}, news.get("metadata") or {}
    if is_autonamed(news) or not isinstance(after, dict) or not isinstance(before, dict):
        return False
    return (before.get("namespace"), before.get("name")) == (after.get("namespace"), after.get("name"))


def _join(path: str, key: str) -> str:
    # Pulumi's property paths quote a key that itself holds a dot: metadata.labels["app.kubernetes.io/name"].
    if re.fullmatch(r"[A-Za-z_][\w-]*", key):
        return f"{path}.{key}" if path else key
    return f'{path}["{key}"]'
