"""Volumes of the gateway's pod, and where its containers have them."""

from collections.abc import Container, Mapping
from pathlib import Path
from types import MappingProxyType

import pulumi_kubernetes as k8s

from components.gateway.configuration import CONFIG_FOLDER, RUN_FOLDER
from components.kubernetes.scope import Scope
from components.serving.script_pod import SCRIPT_PATH

ARCHIVE_MOUNT = "/opt/gateway"
# Named by its path: it imports boto3, which no start of the program needs.
SCRIPT = Path(__file__).parents[1] / "payloads" / "fetch_archive.py"
"""Script of the init container."""
SCRIPT_SUFFIX = "fetch"
"""Suffix of the ConfigMap with the script of the init container."""
API_TOKEN = "api-token"  # noqa: S105  the volume's name
TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105  where clients of the Kubernetes API look
TOKEN_SECONDS = 3607
"""Life of the API token, which the kubelet renews: the one that the API server's own admission requests."""
_PLACES: Mapping[str, str] = MappingProxyType(
    {"archive": ARCHIVE_MOUNT, "config": CONFIG_FOLDER, "run": RUN_FOLDER, "script": SCRIPT_PATH, "tmp": "/tmp"}  # noqa: S108
)
_SIZES: Mapping[str, str] = MappingProxyType({"archive": "512Mi", "run": "512Mi", "tmp": "64Mi"})
"""Sizes of the directories on the node's disk; the usage log is rotated at 64 MiB."""


def mounts(*names: str, written: Container[str]) -> list[k8s.core.v1.VolumeMountArgs]:
    """Mounts of the volumes of these names; read-only but for those that are written."""
    return [
        k8s.core.v1.VolumeMountArgs(name=name, mount_path=_PLACES[name], read_only=None if name in written else True)
        for name in names
    ]


def volumes(scope: Scope) -> list[k8s.core.v1.VolumeArgs]:
    """The volumes of the gateway's pod, which `mounts` names."""
    config_map = k8s.core.v1.ConfigMapVolumeSourceArgs
    return [
        *(
            k8s.core.v1.VolumeArgs(name=name, empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit=size))
            for name, size in _SIZES.items()
        ),
        k8s.core.v1.VolumeArgs(name="config", config_map=config_map(name=scope.name)),
        k8s.core.v1.VolumeArgs(name="script", config_map=config_map(name=scope.named(SCRIPT_SUFFIX))),
        _api_token(),
    ]


def _api_token() -> k8s.core.v1.VolumeArgs:
    """Token, CA and namespace, as the API server's admission would mount them into every container."""
    projection, path = k8s.core.v1.VolumeProjectionArgs, k8s.core.v1.KeyToPathArgs
    return k8s.core.v1.VolumeArgs(
        name=API_TOKEN,
        projected=k8s.core.v1.ProjectedVolumeSourceArgs(
            sources=[
                projection(
                    service_account_token=k8s.core.v1.ServiceAccountTokenProjectionArgs(
                        path="token", expiration_seconds=TOKEN_SECONDS
                    )
                ),
                projection(
                    config_map=k8s.core.v1.ConfigMapProjectionArgs(
                        name="kube-root-ca.crt", items=[path(key="ca.crt", path="ca.crt")]
                    )
                ),
                projection(
                    downward_api=k8s.core.v1.DownwardAPIProjectionArgs(
                        items=[
                            k8s.core.v1.DownwardAPIVolumeFileArgs(
                                path="namespace",
                                field_ref=k8s.core.v1.ObjectFieldSelectorArgs(field_path="metadata.namespace"),
                            )
                        ]
                    )
                ),
            ]
        ),
    )
