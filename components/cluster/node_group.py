"""Node groups: one launch template and one managed node group for each pool of theirs."""

import base64
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.cluster.context import ClusterContext
from components.cluster.image_pull import mime_user_data
from components.cluster.node_role import node_role
from components.cluster.node_updates import node_updates, release
from components.cluster.volume_key import scaling_grant
from components.roles import BoundRole
from settings.models.pools import GP3_IOPS, GP3_THROUGHPUT, GpuPool, NodeGroupPool, Taint

ROOT_DEVICE = "/dev/xvda"
TAGGED = ("instance", "volume", "network-interface")
EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
CAPACITY = {"on_demand": "ON_DEMAND", "spot": "SPOT"}


def node_groups(context: ClusterContext) -> dict[str, eks.ManagedNodeGroup]:
    """The node group of each pool that is one, by the pool's name; all have one IAM role."""
    role = node_role(context, "Nodes of the cluster")
    grant = scaling_grant(context)
    before = [*context.args.node_routes, *role.permissions, *([grant] if grant else [])]
    return {
        name: _node_group(name, pool, role, context, before) for name, pool in context.args.node_group_pools.items()
    }


def scaling_group(group: eks.ManagedNodeGroup) -> pulumi.Output[str]:
    """Name of the Auto Scaling group that EKS makes for a node group."""
    name: pulumi.Output[str] = group.node_group.apply(lambda made: made.resources[0].autoscaling_groups[0].name)
    return name


def _node_group(
    name: str, pool: NodeGroupPool, role: BoundRole, context: ClusterContext, before: Sequence[pulumi.Resource]
) -> eks.ManagedNodeGroup:
    args = context.args
    template = _launch_template(name, pool, context)
    desired = args.pool_facts[name].desired
    return eks.ManagedNodeGroup(
        context.named(name),
        cluster=context.cluster,
        version=args.cluster.version,
        release_version=release(pool, args.cluster),
        force_update_version=args.cluster.force_update_version or None,
        node_role=role.role,
        instance_types=list(pool.instance_types),
        capacity_type=CAPACITY[pool.capacity],
        gpu=isinstance(pool, GpuPool),
        operating_system=eks.OperatingSystem.AL2023,
        subnet_ids=list(args.subnets_of(pool).values()),
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=pool.min, desired_size=desired, max_size=pool.max),
        labels=pool.labels(name),
        taints=[_taint(taint) for taint in pool.taints],
        opts=pulumi.ResourceOptions(
            parent=context.parent,
            depends_on=[*before],
            transforms=[node_updates(pool, args.cluster)],
        ),
    )


def _launch_template(name: str, pool: NodeGroupPool, context: ClusterContext) -> aws.ec2.LaunchTemplate:
    """Disk, metadata, tags and the options of nodeadm; type and AMI are omitted, so that EKS chooses and updates them."""
    user_data = mime_user_data(pool, context.args.cluster)
    # An existing template keeps what it has until the setting is stated: its change would replace the pool's nodes.
    kept = ["userData"] if isinstance(pool, GpuPool) and pool.parallel_image_pull is None else None
    return aws.ec2.LaunchTemplate(
        context.named(name),
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
                    kms_key_id=context.args.cluster.volume_key,
                    delete_on_termination="true",
                ),
            )
        ],
        user_data=user_data and base64.b64encode(user_data.encode()).decode(),
        # Hop limit 1: a pod cannot reach the metadata service, and so not the node's role.
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(
                resource_type=kind, tags={**context.args.tags, "Name": context.named(name)}
            )
            for kind in TAGGED
        ],
        opts=pulumi.ResourceOptions(parent=context.parent, ignore_changes=kept),
    )


def _taint(taint: Taint) -> aws.eks.NodeGroupTaintArgs:
    return aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=EFFECTS[taint.effect])
