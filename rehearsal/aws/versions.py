"""Versions that moto does not know: Kubernetes versions of EKS, and add-ons.

Kubernetes versions are those of the project's own table; add-on versions are examples of each add-on's own
numbering and say nothing about which AWS offers today.
"""

from planner.catalog.eks_versions import kubernetes_versions
from rehearsal.plugins.errors import ProviderError

CLUSTER_VERSIONS = tuple(kubernetes_versions())
DEFAULT_CLUSTER_VERSION = "1.35"

ADDON_VERSIONS = {
    "amazon-cloudwatch-observability": "v6.2.0-eksbuild.1",
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
    """Return the version of an add-on.

    Raises:
        ProviderError: no such add-on is known.
    """
    try:
        return ADDON_VERSIONS[name]
    except KeyError:
        known = ", ".join(sorted(ADDON_VERSIONS))
        raise ProviderError(f"add-on {name} is not known to the rehearsal; it knows {known}") from None
