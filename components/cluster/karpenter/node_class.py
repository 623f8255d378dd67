"""The EC2NodeClass of a pool: image, disk, network and metadata of the instances that Karpenter launches for it.

Nodes have the same disk, metadata service, tags and security group as those of node groups (``node_group.py``).
"""

import re
from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.cluster.context import ClusterContext
from components.cluster.image_pull import node_config
from components.cluster.karpenter.custom_object import custom_object
from components.cluster.node_group import ROOT_DEVICE
from settings.models.cluster import ClusterSettings
from settings.models.node_release import DEFAULT_RELEASES, release_day
from settings.models.pools import GP3_IOPS, GP3_THROUGHPUT, KarpenterGpuPool, KarpenterNodePool

API_VERSION = "karpenter.k8s.aws/v1"
KIND = "EC2NodeClass"
_KARPENTERS_OWN = re.compile(
    r"eks:eks-cluster-name|kubernetes\.io/cluster.*|karpenter\.sh/(nodepool|nodeclaim)|karpenter\.k8s\.aws/ec2nodeclass",
    re.DOTALL,
)
"""Keys of tags that Karpenter gives instances itself: the API server refuses an EC2NodeClass with one (the rules of ``tags`` in
karpenter.k8s.aws_ec2nodeclasses.yaml of aws/karpenter-provider-aws 1.14)."""


def node_class(
    name: str,
    pool: KarpenterNodePool,
    profile: pulumi.Input[str],
    context: ClusterContext,
    after: Sequence[pulumi.Resource],
) -> k8s.apiextensions.CustomResource:
    """The EC2NodeClass, called as the pool is; nodes of its pool need the resources ``after``.

    Its finalizer is kept until the last of its NodeClaims is gone, so its deletion waits for every node of the pool.
    """
    return custom_object(
        name,
        pool,
        context,
        after,
        api_version=API_VERSION,
        kind=KIND,
        spec=node_class_spec(pool, profile, context),
        ignore_changes=_kept(pool, context.args.cluster),
    )


def _kept(pool: KarpenterNodePool, cluster: ClusterSettings) -> list[str] | None:
    """What an existing object keeps until its setting is stated: Karpenter replaces the nodes of one that changes."""
    kept = [] if cluster.node_release else ["spec.amiSelectorTerms"]
    if isinstance(pool, KarpenterGpuPool) and pool.parallel_image_pull is None:
        kept.append("spec.userData")
    return kept or None


def node_class_spec(pool: KarpenterNodePool, profile: pulumi.Input[str], context: ClusterContext) -> dict[str, object]:
    """The ``spec`` of a pool's EC2NodeClass."""
    args = context.args
    spec: dict[str, object] = {
        # `role` would have Karpenter make instance profiles of its own.
        "instanceProfile": profile,
        # A dated release: with @latest every release of the AMI would replace all nodes. For types with GPUs the alias
        # stands for the image with NVIDIA's driver.
        "amiSelectorTerms": [{"alias": image_alias(args.cluster)}],
        "subnetSelectorTerms": [{"id": subnet} for subnet in args.subnets_of(pool).values()],
        "securityGroupSelectorTerms": [{"id": context.eks_security_group}],
        # Hop limit 1: a pod cannot reach the metadata service, and so not the node's role.
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [
            {
                "deviceName": ROOT_DEVICE,
                "ebs": {
                    "volumeType": "gp3",
                    "volumeSize": f"{pool.disk_gib}Gi",
                    "iops": GP3_IOPS,
                    "throughput": GP3_THROUGHPUT,
                    "encrypted": True,
                    **({"kmsKeyID": args.cluster.volume_key} if args.cluster.volume_key else {}),
                    "deleteOnTermination": True,
                },
            }
        ],
        "tags": {key: value for key, value in args.tags.items() if not _KARPENTERS_OWN.fullmatch(key)},
    }
    if all(machine.instance_store_gib >= pool.disk_gib for machine in pool.machines):
        # Images and volumes of pods then are on the instance's own disks, which must hold what the settings counted on.
        spec["instanceStorePolicy"] = "RAID0"
    if config := node_config(pool, args.cluster):
        spec["userData"] = config
    if pool.capacity_reservations:
        spec["capacityReservationSelectorTerms"] = [{"id": one} for one in pool.capacity_reservations]
    return spec


def image_alias(settings: ClusterSettings) -> str:
    """The AMI release of nodes as Karpenter names it, such as ``al2023@v20260714``.

    Raises:
        LookupError: neither the settings nor the table has a release of this Kubernetes version.
    """
    day = release_day(settings.node_release or DEFAULT_RELEASES.get(settings.version, ""))
    if day is None:
        raise LookupError(f"no AMI release of Kubernetes {settings.version} is known: set cluster.node_release")
    return f"al2023@v{day:%Y%m%d}"
