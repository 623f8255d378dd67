"""Node pools: one launch template and one managed node group each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.cluster.node_updates import node_updates, release
from components.roles import BoundRole
from settings.models.cluster import ClusterSettings
from settings.models.pools import GP3_IOPS, GP3_THROUGHPUT, GpuPool, Pool, Taint

ROOT_DEVICE = "/dev/xvda"
TAGGED = ("instance", "volume", "network-interface")
EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
CAPACITY = {"on_demand": "ON_DEMAND", "spot": "SPOT"}


@dataclass(frozen=True, kw_only=True)
class PoolPlace:
    """Where pools stand: the same for all of a cluster."""

    cluster: eks.Cluster
    """The cluster they join."""
    settings: ClusterSettings
    """The cluster's settings; its nodes have its Kubernetes version."""
    role: BoundRole
    """Role of the nodes."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Zone letter to node subnet."""
    routes: Sequence[pulumi.Resource]
    """What a node needs to reach the cluster and the registries."""
    tags: Mapping[str, str]
    """Tags of instances, volumes and network interfaces, which no provider's default tags reach."""
    parent: pulumi.Resource
    """The component."""
    prefix: str
    """The component's name."""


def node_group(name: str, pool: Pool, desired: int, place: PoolPlace) -> eks.ManagedNodeGroup:
    """The nodes of pool ``name``; ``desired`` of them run."""
    template = _launch_template(name, pool, place)
    return eks.ManagedNodeGroup(
        f"{place.prefix}-{name}",
        cluster=place.cluster,
        version=place.settings.version,
        release_version=release(pool, place.settings),
        force_update_version=place.settings.force_update_version or None,
        node_role=place.role.role,
        instance_types=list(pool.instance_types),
        capacity_type=CAPACITY[pool.capacity],
        gpu=isinstance(pool, GpuPool),
        operating_system=eks.OperatingSystem.AL2023,
        subnet_ids=[subnet for zone, subnet in place.subnets.items() if not pool.zones or zone in pool.zones],
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=pool.min, desired_size=desired, max_size=pool.max),
        labels=pool.labels(name),
        taints=[_taint(taint) for taint in pool.taints],
        opts=pulumi.ResourceOptions(
            parent=place.parent,
            depends_on=[*place.routes, *place.role.permissions],
            transforms=[node_updates(pool, place.settings)],
        ),
    )


def _launch_template(name: str, pool: Pool, place: PoolPlace) -> aws.ec2.LaunchTemplate:
    """Disk, metadata and tags; type, AMI and user data stay out, so that EKS chooses and updates them."""
    return aws.ec2.LaunchTemplate(
        f"{place.prefix}-{name}",
        description=f"Nodes of pool {name}",
        update_default_version=True,
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=ROOT_DEVICE,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_type="gp3",
                    volume_size=pool.disk_gib,
                    iops=GP3_IOPS,
                    throughput=GP3_THROUGHPUT,
                    encrypted="true",
                    delete_on_termination="true",
                ),
            )
        ],
        # Hop limit 1: a pod cannot reach the metadata service, and so not the node's role.
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(
                resource_type=kind, tags={**place.tags, "Name": f"{place.prefix}-{name}"}
            )
            for kind in TAGGED
        ],
        opts=pulumi.ResourceOptions(parent=place.parent),
    )


def _taint(taint: Taint) -> aws.eks.NodeGroupTaintArgs:
    return aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=EFFECTS[taint.effect])
