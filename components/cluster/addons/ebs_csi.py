"""The EBS CSI driver: EBS volumes for PersistentVolumeClaims, with an IAM role of its own."""

from collections.abc import Mapping, Sequence

import pulumi

from components.cluster.addons.addon import SYSTEM_NAMESPACE, AddOn, eks_addon
from components.cluster.addons.placement import node_selector
from components.cluster.context import ClusterContext
from components.roles import managed, service_account_role

SERVICE_ACCOUNT = "ebs-csi-controller-sa"
POLICY = "AmazonEBSCSIDriverPolicyV2"
"""Volumes and snapshots that the driver made itself (tag ``ebs.csi.aws.com/cluster``), which it always tags; the first
version of the policy admitted every volume of the account (kubernetes-sigs/aws-ebs-csi-driver#2918). Its ARN has no
``service-role/``, as that of AmazonEBSCSIDriverEKSClusterScopedPolicy in the AWS Managed Policy Reference."""
DEFAULT_STORAGE_CLASS: Mapping[str, object] = {"defaultStorageClass": {"enabled": True}}
"""The driver's own StorageClass ``ebs-csi-default-sc``: gp3, the default of the cluster (templates/ebs-csi-default-sc.yaml)."""


def ebs_csi(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on, with its default StorageClass where the settings have it."""
    role = service_account_role(
        context.named("ebs-csi"),
        context.trust,
        namespace=SYSTEM_NAMESPACE,
        service_account=SERVICE_ACCOUNT,
        description="EBS CSI driver: makes and attaches volumes",
        boundary=context.args.permissions_boundary,
        parent=context.parent,
        policies=managed(context.partition, POLICY),
    )
    selector = node_selector(context.args)
    values = {
        **(DEFAULT_STORAGE_CLASS if context.args.cluster.default_storage_class else {}),
        # Not `node`, which is the DaemonSet (values.yaml of charts/aws-ebs-csi-driver, whose keys the add-on's schema has).
        **({"controller": selector} if selector else {}),
    }
    return eks_addon("aws-ebs-csi-driver", context, after, role=role, values=values or None)


ADDON = AddOn(key="aws-ebs-csi-driver", install=ebs_csi)
