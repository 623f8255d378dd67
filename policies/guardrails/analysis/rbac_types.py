"""Types of Kubernetes roles and of what binds them, in every version, as resources and as patches."""

from typing import Final

_VERSIONS: Final = ("v1", "v1beta1", "v1alpha1")


def _tokens(*kinds: str) -> frozenset[str]:
    return frozenset(
        f"kubernetes:rbac.authorization.k8s.io/{version}:{kind}{variant}"
        for version in _VERSIONS
        for kind in kinds
        for variant in ("", "Patch")
    )


ROLES: Final = _tokens("Role", "ClusterRole")
BINDINGS: Final = _tokens("RoleBinding", "ClusterRoleBinding")
