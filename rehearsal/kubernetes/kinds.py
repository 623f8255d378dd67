"""Kubernetes kinds of Pulumi types, and what is known of kinds without a cluster."""

from dataclasses import dataclass

from rehearsal.plugins.errors import ProviderError, UnknownTypeError

HELM_RELEASE = "kubernetes:helm.sh/v3:Release"

_CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)

# Groups of kube-apiserver 1.35 itself; other groups below k8s.io, such as the Gateway API's, are those of definitions.
_BUILT_IN = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An apiVersion and a kind."""

    api_version: str
    kind: str

    @classmethod
    def of(cls, token: str) -> "Kind":
        """The kind of a type token: ``kubernetes:apps/v1:Deployment``; the core group is called ``core`` there.

        Raises:
            UnknownTypeError: it is not one object of the API (a chart, a YAML file, a list, a patch).
        """
        _, _, rest = token.partition(":")
        api_version, _, kind = rest.partition(":")
        version = api_version.rpartition("/")[2]
        if not kind or not version.startswith("v") or not version[1:2].isdigit() or kind.endswith(("List", "Patch")):
            raise UnknownTypeError("kubernetes", token)
        if api_version.startswith("helm.sh/"):
            raise UnknownTypeError("kubernetes", token)
        return cls(api_version=api_version.removeprefix("core/"), kind=kind)

    @property
    def group(self) -> str:
        """API group, empty for core."""
        return self.api_version.rpartition("/")[0]

    @property
    def built_in(self) -> bool:
        """Return whether Kubernetes itself serves it; other groups come with a CustomResourceDefinition."""
        return "." not in self.group or self.group in _BUILT_IN

    @property
    def namespaced(self) -> bool | None:
        """Return whether objects live in a namespace; None for custom resources, where only discovery knows."""
        return self.kind not in _CLUSTER_SCOPED if self.built_in else None

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


def object_id(namespace: str | None, name: str) -> str:
    """A Pulumi id: ``namespace/name``, or ``name`` for what lives in none."""
    return f"{namespace}/{name}" if namespace else name


def parse_id(resource_id: str) -> tuple[str | None, str]:
    """Namespace and name in an id."""
    namespace, _, name = resource_id.rpartition("/")
    if not name:
        raise ProviderError(f"{resource_id!r} is not a Kubernetes id: NAME or NAMESPACE/NAME")
    return namespace or None, name
