"""Security contexts of pods and containers that meet the Pod Security Standard "restricted"."""

import pulumi_kubernetes as k8s

_LEVEL = "pod-security.kubernetes.io/"
RESTRICTED = {_LEVEL + mode: "restricted" for mode in ("enforce", "audit", "warn")}
"""Labels of a namespace whose pods must meet it."""
PRIVILEGED = {_LEVEL + mode: "privileged" for mode in ("enforce", "audit", "warn")}
"""Labels of a namespace whose pods may be root on their node."""


def pod_security(user: int, group: int, *, fs_group: int | None = None) -> k8s.core.v1.PodSecurityContextArgs:
    """Security context of a pod that runs as ``user`` and ``group``; its volumes belong to ``fs_group`` where it is given."""
    return k8s.core.v1.PodSecurityContextArgs(
        run_as_user=user,
        run_as_group=group,
        fs_group=fs_group,
        run_as_non_root=True,
        seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )


def container_security(*, read_only_root: bool = False) -> k8s.core.v1.SecurityContextArgs:
    """Security context of each container: no capabilities, no way to more privileges; a root filesystem it cannot write."""
    return k8s.core.v1.SecurityContextArgs(
        allow_privilege_escalation=False,
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
        read_only_root_filesystem=read_only_root or None,
    )
