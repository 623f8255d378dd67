"""Settings of the kubernetes provider: the cluster, the user, and how changes are made."""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.kubernetes.differences import Mutable
from rehearsal.kubernetes.objects import WriteOptions
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties, Unknown, Value
from workspace.loopback import is_loopback

_KNOWN = frozenset(
    {
        "kubeconfig",
        "context",
        "namespace",
        "clusterIdentifier",
        "enableConfigMapMutable",
        "enablePatchForce",
        "enableSecretMutable",
        "enableServerSideApply",
        "suppressDeprecationWarnings",
        "suppressHelmHookWarnings",
        "upsertExistingObjects",
        "version",
        "pluginDownloadURL",
    }
)


@dataclass(frozen=True, kw_only=True)
class ProviderSettings:
    """The settings of a provider resource."""

    kubeconfig: str = ""
    context: str | None = None
    namespace: str = "default"
    mutable: Mutable = field(default_factory=Mutable)
    writing: WriteOptions = field(default_factory=WriteOptions)

    @classmethod
    def of(cls, inputs: Properties) -> "ProviderSettings":
        """Read the provider's inputs, where booleans and maps may be text."""
        kubeconfig = inputs.get("kubeconfig") or ""
        if isinstance(kubeconfig, dict):
            kubeconfig = json.dumps(kubeconfig)
        elif isinstance(kubeconfig, str) and kubeconfig and "\n" not in kubeconfig and Path(kubeconfig).is_file():
            kubeconfig = Path(kubeconfig).read_text()
        return cls(
            kubeconfig=str(kubeconfig),
            context=inputs.get("context") or None,
            namespace=inputs.get("namespace") or "default",
            mutable=Mutable(
                secrets=_flag(inputs.get("enableSecretMutable")),
                config_maps=_flag(inputs.get("enableConfigMapMutable")),
            ),
            writing=WriteOptions(
                upsert=_setting(inputs, "upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
                force=_setting(inputs, "enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
            ),
        )

    def client(self) -> KubeClient:
        """A client for the cluster.

        Raises:
            ProviderError: there is no kubeconfig, or it points outside this machine.
        """
        if not self.kubeconfig:
            raise ProviderError("kubernetes provider: give it `kubeconfig`; the rehearsal never reads ~/.kube/config")
        try:
            config = Kubeconfig.parse(self.kubeconfig, self.context)
            host = urlsplit(config.server).hostname or ""
            if not is_loopback(host):
                raise ProviderError(
                    f"kubernetes provider: {config.server} is a real cluster; a rehearsal only talks to loopback"
                )
            return KubeClient(replace(config, namespace=self.namespace))
        except KubeError as error:
            raise ProviderError(f"kubernetes provider: {error}") from error


def refused(inputs: Properties) -> list[str]:
    """Settings that this provider does not know."""
    return sorted(key for key in inputs if key not in _KNOWN and not key.startswith("__"))


def server_of(kubeconfig: Value) -> str | None:
    """The API server that a kubeconfig names, None if that is not known."""
    if isinstance(kubeconfig, Unknown) or not kubeconfig:
        return None
    try:
        return Kubeconfig.parse(ProviderSettings.of({"kubeconfig": kubeconfig}).kubeconfig).server
    except KubeError:
        return None


def _setting(inputs: Properties, key: str, variable: str) -> bool:
    """A switch of the provider; its environment variable counts only where the provider does not set it."""
    given = inputs.get(key)
    return os.environ.get(variable) == "true" if given is None else _flag(given)


def _flag(value: Value) -> bool:
    return value is True or str(value).lower() == "true"
