"""Properties of an object whose change forces a replacement: the table of pulumi-kubernetes.

The table is that of `provider/pkg/provider/diff.go` in pulumi/pulumi-kubernetes. Where it is narrower than what the API
server lets change (a PersistentVolumeClaim's size, a PriorityClass's value), the real provider sends an update and
the API server refuses it; so does this one.
"""

import re

from rehearsal.kubernetes.kinds import Kind
from rehearsal.plugins.wire import Properties, Value

_ALWAYS = ("metadata.name", "metadata.namespace")
_JOB = ("spec.completions", "spec.parallelism", "spec.selector", "spec.template")
_ROLE_BINDING = ("roleRef",)
_SELECTOR = ("spec.selector",)
_STATEFUL_SET = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)
_CONTAINER_FIELDS = (
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
)
_POD_FIELDS = (
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
)
_VOLUME_SOURCES = (
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
)
REPLACES: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps/v1", "DaemonSet"): _SELECTOR,
    ("apps/v1", "Deployment"): _SELECTOR,
    ("apps/v1", "StatefulSet"): _STATEFUL_SET,
    ("batch/v1", "Job"): _JOB,
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): _ROLE_BINDING,
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): _ROLE_BINDING,
    ("storage.k8s.io/v1", "StorageClass"): ("parameters", "provisioner"),
    ("v1", "PersistentVolume"): tuple(f"spec.{source}" for source in _VOLUME_SOURCES),
    ("v1", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("v1", "Pod"): (
        *(f"spec.{field}" for field in _POD_FIELDS),
        *(f"spec.{group}[*].{field}" for group in ("containers", "initContainers") for field in _CONTAINER_FIELDS),
    ),
    ("v1", "ResourceQuota"): ("spec.scopes",),
    ("v1", "Secret"): ("type",),
    ("v1", "Service"): ("spec.clusterIP",),
}
_SECRET = ("type", "stringData", "data")
_CONFIG_MAP = ("binaryData", "data")
_INDEX = re.compile(r"\[\d+\]")


def frozen_paths(kind: Kind, news: Properties, *, secrets_change: bool, config_maps_change: bool) -> tuple[str, ...]:
    """Paths, ``[*]`` for each item of a list, a change at or below which replaces an object of ``kind``.

    Args:
        kind: What is compared.
        news: Its new inputs: an ``immutable`` one keeps its content whatever the provider allows.
        secrets_change: The provider's ``enableSecretMutable``.
        config_maps_change: The provider's ``enableConfigMapMutable``.
    """
    fields = REPLACES.get((kind.api_version, kind.kind), ())
    immutable = news.get("immutable") is True
    if (kind.api_version, kind.kind) == ("v1", "Secret") and (immutable or not secrets_change):
        fields = _SECRET
    elif (kind.api_version, kind.kind) == ("v1", "ConfigMap") and (immutable or not config_maps_change):
        fields = _CONFIG_MAP
    return (*_ALWAYS, *fields)


def is_frozen(path: str, new: Value, frozen: tuple[str, ...]) -> bool:
    """Return whether a change at ``path``, which leaves ``new`` there, touches a frozen path: it, above it or below it."""
    shape = _INDEX.sub("[*]", path)
    for fixed in frozen:
        if shape == fixed or shape.startswith((f"{fixed}.", f"{fixed}[")):
            return True
        if fixed.startswith((f"{shape}.", f"{shape}[")) and _holds(new, fixed.removeprefix(shape).lstrip(".")):
            return True
    return False


def _holds(value: Value, path: str) -> bool:
    """Return whether ``value`` has something at ``path``."""
    if not path:
        return True
    head, _, rest = path.partition(".")
    name = head.removesuffix("[*]")
    found = value if not name else value.get(name) if isinstance(value, dict) else None
    if name and (not isinstance(value, dict) or name not in value):
        return False
    if head.endswith("[*]"):
        return isinstance(found, list) and any(_holds(item, rest) for item in found)
    return _holds(found, rest)
