"""How nodes with GPUs pull images: the NodeConfig that nodeadm merges with EKS's own.

Images of engines are 10 GB, and containerd unpacks one layer after the other. With ``FastImagePull`` nodeadm sets up the SOCI
snapshotter of the AMI, which downloads and unpacks in parallel; it needs 600 MiB/s of disk throughput, which every node has
(``GP3_THROUGHPUT``): https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/examples/#enabling-fast-image-pull-experimental.
"""

from settings.derived.capacity import pulls_in_parallel
from settings.models.cluster import ClusterSettings
from settings.models.node_release import FIRST_PARALLEL_PULL, release_day
from settings.models.pools import Pool

NODE_CONFIG = """\
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  featureGates:
    FastImagePull: true
"""
_BOUNDARY = "llm-platform"


def node_config(pool: Pool, cluster: ClusterSettings) -> str | None:
    """The NodeConfig of a pool's nodes as YAML, which Karpenter takes as it is; None where there is nothing to say."""
    day = release_day(cluster.node_release) if cluster.node_release else None
    supported = day is None or day >= FIRST_PARALLEL_PULL
    return NODE_CONFIG if supported and pulls_in_parallel(pool) else None


def mime_user_data(pool: Pool, cluster: ClusterSettings) -> str | None:
    """The NodeConfig as the part of a MIME document, which is how EKS merges a launch template's user data."""
    config = node_config(pool, cluster)
    if config is None:
        return None
    return (
        f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{_BOUNDARY}"\n\n--{_BOUNDARY}\n'
        f"Content-Type: application/node.eks.aws\n\n{config}\n--{_BOUNDARY}--\n"
    )
