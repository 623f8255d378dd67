"""The EBS CSI driver: EBS volumes for PersistentVolumeClaims, with an IAM role of its own."""

import re
from collections.abc import Mapping, Sequence

import pulumi

from components.cluster.addons.addon import SYSTEM_NAMESPACE, AddOn, eks_addon
from components.cluster.addons.placement import node_selector
from components.cluster.context import ClusterContext
from components.cluster.volume_key import key_statements
from components.iam import PolicyDocument
from components.roles import managed, service_account_role
from settings.derived.naming import paired_tags

SERVICE_ACCOUNT = "ebs-csi-controller-sa"
POLICY = "AmazonEBSCSIDriverPolicyV2"
"""Volumes and snapshots that the driver made itself (tag ``ebs.csi.aws.com/cluster``), which it always tags; the first
version of the policy admitted every volume of the account (kubernetes-sigs/aws-ebs-csi-driver#2918). Its ARN has no
``service-role/``, as that of AmazonEBSCSIDriverEKSClusterScopedPolicy in the AWS Managed Policy Reference."""
DEFAULT_STORAGE_CLASS: Mapping[str, object] = {"defaultStorageClass": {"enabled": True}}
"""The driver's own StorageClass ``ebs-csi-default-sc``: gp3, the default of the cluster (templates/ebs-csi-default-sc.yaml)."""
_DRIVERS_OWN = re.compile(
    r"CSIVolumeName|CSIVolumeSnapshotName|KubernetesCluster|kubernetes\.io.*|ebs\.csi\.aws\.com/.*", re.DOTALL
)
"""Keys of tags that are the driver's: with most of them its controller does not start (validateExtraTags in pkg/driver/validation.go),
and the others say whose a volume is."""


def ebs_csi(context: ClusterContext, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """The managed add-on, with its default StorageClass where the settings have it.

    It makes the volumes, so the AWS provider's default tags do not reach them: without tags of their own no budget counts them,
    and an organization that requires tags refuses them. The managed policy has no key but EBS's own, so a key that the settings
    name is in a policy beside it.
    """
    used = key_statements(context.args.cluster.volume_keys, context.args.region)
    role = service_account_role(
        context.named("ebs-csi"),
        context.trust,
        namespace=SYSTEM_NAMESPACE,
        service_account=SERVICE_ACCOUNT,
        description="EBS CSI driver: makes and attaches volumes",
        boundary=context.args.permissions_boundary,
        parent=context.parent,
        policies=managed(context.partition, POLICY),
        document=PolicyDocument(used) if used else None,
    )
    tags = {key: value for key, value in paired_tags(context.args.tags).items() if not _DRIVERS_OWN.fullmatch(key)}
    # Not `node`, which is the DaemonSet (values.yaml of charts/aws-ebs-csi-driver, whose keys the add-on's schema has).
    controller = {**({"extraVolumeTags": tags} if tags else {}), **node_selector(context.args)}
    values = {
        **(DEFAULT_STORAGE_CLASS if context.args.cluster.default_storage_class else {}),
        **({"controller": controller} if controller else {}),
    }
    return eks_addon("aws-ebs-csi-driver", context, after, role=role, values=values or None)


ADDON = AddOn(key="aws-ebs-csi-driver", install=ebs_csi)
