"""Which resources are a stack's: its tags, the tags of controllers in its cluster, and names that AWS derives from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NODE_POOL = "karpenter.sh/nodepool"
"""Tag of what Karpenter launches; it names the NodePool, not the cluster."""

_SERVICE = "service.k8s.aws/stack"
"""Tag of the AWS Load Balancer Controller: namespace and name of the Service."""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A stack, as its resources are marked."""

    project: str
    """Pulumi project: the value of the tag ``project``."""
    stack: str
    """Pulumi stack: the value of the tag ``stack``."""
    region: str
    """AWS region."""
    cluster: str | None
    """Name of its EKS cluster; None for a team stack, which has none."""
    image_prefix: str | None = None
    """What the repositories begin with that its pull-through caches fill; None for a team stack, which has none."""
    keeps_bucket: bool = False
    """Whether ``bucket.retain`` keeps the bucket and its key on purpose."""

    @property
    def tags(self) -> dict[str, str]:
        """The default tags that only this stack's resources have."""
        return {"project": self.project, "stack": self.stack}

    @property
    def cluster_tags(self) -> dict[str, str]:
        """Tags by which Kubernetes' AWS controllers mark what they make for the cluster.

        Cloud provider and VPC CNI (``kubernetes.io/cluster/NAME``), AWS Load Balancer Controller
        (``elbv2.k8s.aws/cluster``), EBS CSI driver (``KubernetesCluster``), EKS (``eks:cluster-name``,
        ``aws:eks:cluster-name``), Karpenter (``eks:eks-cluster-name`` on instances, disks, interfaces, launch templates and
        instance profiles, and ``karpenter.k8s.aws/cluster`` on launch templates of releases before 1.0).
        """
        if self.cluster is None:
            return {}
        return {
            f"kubernetes.io/cluster/{self.cluster}": "owned",
            "elbv2.k8s.aws/cluster": self.cluster,
            "KubernetesCluster": self.cluster,
            "eks:cluster-name": self.cluster,
            "aws:eks:cluster-name": self.cluster,
            "cluster.k8s.amazonaws.com/name": self.cluster,
            "eks:eks-cluster-name": self.cluster,
            "karpenter.k8s.aws/cluster": self.cluster,
        }

    def found_by(self, tags: Mapping[str, str]) -> str | None:
        """The tag by which a resource is this stack's, as ``KEY=VALUE``; None where it is not."""
        if all(tags.get(key) == value for key, value in self.tags.items()):
            return f"tag stack={self.stack}"
        return next((f"tag {key}={value}" for key, value in self.cluster_tags.items() if tags.get(key) == value), None)


def made_for(item: Mapping[str, Any]) -> str:
    """The Kubernetes Service that the AWS Load Balancer Controller made an item for, as ``of Service NAMESPACE/NAME``."""
    service = as_mapping(item.get("Tags")).get(_SERVICE)
    return f"of Service {service}" if service else ""


def as_mapping(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags as AWS lists them (``Key``, ``Value``; KMS ``TagKey``, ``TagValue``) as key to value."""
    found: dict[str, str] = {}
    for tag in tags or ():
        key = tag.get("Key", tag.get("TagKey"))
        if key is not None:
            found[key] = tag.get("Value", tag.get("TagValue", ""))
    return found
