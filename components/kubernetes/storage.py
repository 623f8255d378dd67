"""Volumes of pods: encrypted gp3, made by EBS's driver when a pod needs them."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope

SUFFIX = "volumes"
"""Suffix of a workload's class of volumes."""
PARAMETERS: Mapping[str, str] = {"type": "gp3", "encrypted": "true"}


def encrypted_volumes(scope: Scope, key: str | None) -> k8s.storage.v1.StorageClass:
    """A class of encrypted volumes: the driver's own default class does not encrypt.

    Its name is Pulumi's, for it is cluster-wide and workloads of other namespaces have one of their own; nothing of it
    ever changes, since neither a class nor a claim template can. So one that is there keeps its key: another class would be
    another claim, and the volume of the one before would be deleted with all that is on it.

    Args:
        scope: The workload.
        key: ARN of the KMS key of volumes that a new class makes; None for EBS's default key of the account.
    """
    return k8s.storage.v1.StorageClass(
        scope.named(SUFFIX),
        metadata=k8s.meta.v1.ObjectMetaArgs(labels={**scope.selector, **scope.pod_labels}),
        provisioner="ebs.csi.aws.com",
        parameters={**PARAMETERS, **({"kmsKeyId": key} if key else {})},
        reclaim_policy="Delete",
        # The scheduler chooses the node first, and the volume is made in its zone.
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        opts=pulumi.ResourceOptions.merge(scope.options(), pulumi.ResourceOptions(ignore_changes=["parameters"])),
    )


def volume_claim(scope: Scope, gib: int, key: str | None) -> k8s.core.v1.PersistentVolumeClaim:
    """The claim of the scope's name, deleted with the stack, and its volume with it; it can grow, and never shrink."""
    return k8s.core.v1.PersistentVolumeClaim(
        scope.name,
        # It is bound when its pod is scheduled: the update would wait for it before it makes the pod.
        metadata=scope.metadata(annotations={"pulumi.com/skipAwait": "true"}),
        spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            storage_class_name=encrypted_volumes(scope, key).metadata.name,
            resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": f"{gib}Gi"}),
        ),
        opts=scope.options(),
    )
