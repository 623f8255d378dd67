"""Versions that moto does not know: Kubernetes versions of EKS, and add-ons.

Kubernetes versions as of EKS's release calendar in July 2026; add-on versions are examples of each add-on's own
numbering and say nothing about which AWS offers today.
"""

from rehearsal.providers.errors import ProviderError

CLUSTER_VERSIONS = ("1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35")
DEFAULT_CLUSTER_VERSION = "1.35"

ADDON_VERSIONS = {
    "vpc-cni": "v1.20.4-eksbuild.1",
    "kube-proxy": "v1.35.0-eksbuild.2",
    "coredns": "v1.13.1-eksbuild.1",
    "metrics-server": "v0.8.0-eksbuild.6",
    "aws-ebs-csi-driver": "v1.54.0-eksbuild.1",
    "aws-efs-csi-driver": "v2.2.0-eksbuild.1",
    "aws-mountpoint-s3-csi-driver": "v2.2.2-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
    "eks-node-monitoring-agent": "v1.5.1-eksbuild.1",
    "snapshot-controller": "v8.4.0-eksbuild.1",
}


def addon_version(name: str) -> str:
    """The version of an add-on.

    Raises:
        ProviderError: no such add-on is known.
    """
    try:
        return ADDON_VERSIONS[name]
    except KeyError:
        known = ", ".join(sorted(ADDON_VERSIONS))
        raise ProviderError(f"add-on {name} is not known to the rehearsal; it knows {known}") from None
