"""Kubeconfig of a pod's own ServiceAccount: how a controller signs in where its token is not at the fixed path."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from rehearsal.images.container import Mount

# Where the API server's ServiceAccount admission mounts the token (client-go's rest.InClusterConfig reads it there).
PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


def kubeconfig(mounts: Sequence[Mount], folder: Path, *, server: str, namespace: str) -> Path | None:
    """Write a kubeconfig that refers to the mounted token, so that client-go reads it again after every refresh.

    Returns:
        Its path; None when no token is mounted, as with ``automountServiceAccountToken: false``.
    """
    mounted = next((Path(mount.host) for mount in mounts if mount.path.rstrip("/") == PATH), None)
    if mounted is None:
        return None
    cluster = {"server": server, "certificate-authority": str(mounted / "ca.crt")}
    context = {"cluster": "rehearsal", "user": "serviceaccount", "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "rehearsal", "cluster": cluster}],
        "users": [{"name": "serviceaccount", "user": {"tokenFile": str(mounted / "token")}}],
        "contexts": [{"name": "rehearsal", "context": context}],
        "current-context": "rehearsal",
    }
    path = folder / "serviceaccount.kubeconfig"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path
