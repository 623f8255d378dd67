"""Network and cluster as the platform uses them, with an explicit AWS provider handed down from a parent."""

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pulumi_eks as eks

NODES = {"a": "10.0.2.0/24", "b": "10.0.4.0/24"}
Spec, Type = awsx.ec2.SubnetSpecArgs, awsx.ec2.SubnetType


class Box(pulumi.ComponentResource):
    """A component that only holds others."""

    def __init__(self, name, opts=None):
        super().__init__("llm:test:Box", name, None, opts)


tags = aws.ProviderDefaultTagsArgs(tags={"owner": "ml-platform"})
provider = aws.Provider("aws", region="us-east-1", default_tags=tags)
box = Box("box", pulumi.ResourceOptions(providers=[provider]))
child = pulumi.ResourceOptions(parent=box)

vpc = awsx.ec2.Vpc(
    "llm",
    cidr_block="10.0.0.0/16",
    availability_zone_names=[f"us-east-1{zone}" for zone in NODES],
    enable_dns_hostnames=True,
    enable_dns_support=True,
    nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(strategy=awsx.ec2.NatGatewayStrategy.SINGLE),
    subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
    subnet_specs=[
        Spec(
            type=Type.PUBLIC,
            name="public",
            cidr_blocks=["10.0.1.0/24", "10.0.3.0/24"],
            tags={"kubernetes.io/role/elb": "1"},
        ),
        Spec(
            type=Type.PRIVATE,
            name="control",
            cidr_blocks=["10.0.0.0/26", "10.0.0.64/26"],
            tags={"kubernetes.io/role/internal-elb": "1"},
        ),
    ],
    opts=child,
)
nodes = []
for zone, cidr in NODES.items():
    name = f"llm-nodes-{zone}"
    subnet = aws.ec2.Subnet(
        name,
        vpc_id=vpc.vpc_id,
        availability_zone=f"us-east-1{zone}",
        cidr_block=cidr,
        map_public_ip_on_launch=False,
        opts=child,
    )
    table = aws.ec2.RouteTable(name, vpc_id=vpc.vpc_id, opts=child)
    aws.ec2.Route(
        name,
        route_table_id=table.id,
        destination_cidr_block="0.0.0.0/0",
        nat_gateway_id=vpc.nat_gateways.apply(lambda gateways: gateways[0].id),
        opts=child,
    )
    aws.ec2.RouteTableAssociation(name, route_table_id=table.id, subnet_id=subnet.id, opts=child)
    nodes.append(subnet.id)

key = aws.kms.Key("llm-secrets", enable_key_rotation=True, opts=child)
cluster = eks.Cluster(
    "llm",
    name="llm-cluster",
    version="1.35",
    vpc_id=vpc.vpc_id,
    private_subnet_ids=vpc.private_subnet_ids,
    node_subnet_ids=nodes,
    skip_default_node_group=True,
    authentication_mode=eks.AuthenticationMode.API,
    endpoint_private_access=True,
    endpoint_public_access=True,
    public_access_cidrs=["203.0.113.7/32"],
    enabled_cluster_log_types=["api", "audit", "authenticator"],
    encryption_config_key_arn=key.arn,
    node_associate_public_ip_address=False,
    create_oidc_provider=False,
    vpc_cni_options=eks.VpcCniOptionsArgs(enable_network_policy=True),
    upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
    access_entries={
        "admins": eks.AccessEntryArgs(
            principal_arn="arn:aws:iam::123456789012:role/platform-admin",
            access_policies={
                "admin": eks.AccessPolicyAssociationArgs(
                    access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                    policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                )
            },
        )
    },
    opts=child,
)
role = aws.iam.Role("llm-nodes", assume_role_policy="{}", opts=child)


def pool(name, types, sizes, **more):
    """A node group with a launch template of ours."""
    disk = aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
        encrypted="true", volume_size=200, volume_type="gp3", throughput=600, iops=3000
    )
    template = aws.ec2.LaunchTemplate(
        f"llm-{name}",
        block_device_mappings=[aws.ec2.LaunchTemplateBlockDeviceMappingArgs(device_name="/dev/xvda", ebs=disk)],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_tokens="required", http_put_response_hop_limit=1
        ),
        opts=child,
    )
    least, desired, most = sizes
    return eks.ManagedNodeGroup(
        name,
        cluster=cluster,
        node_role=role,
        instance_types=types,
        subnet_ids=nodes,
        operating_system=eks.OperatingSystem.AL2023,
        launch_template=aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(str)),
        scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=least, desired_size=desired, max_size=most),
        opts=child,
        **more,
    )


system = pool("system", ["m5.xlarge"], (2, 2, 4), labels={"pool": "system"})
pool(
    "g5",
    ["g5.2xlarge"],
    (0, 1, 4),
    gpu=True,
    capacity_type="SPOT",
    labels={"pool": "g5", "accelerator": "nvidia"},
    taints=[aws.eks.NodeGroupTaintArgs(key="nvidia.com/gpu", value="present", effect="NO_SCHEDULE")],
)
after = pulumi.ResourceOptions(parent=box, depends_on=[system])
for addon in ("coredns", "metrics-server"):
    eks.Addon(addon, cluster=cluster, addon_name=addon, resolve_conflicts_on_create="OVERWRITE", opts=after)
aws.iam.OpenIdConnectProvider(
    "llm",
    url=pulumi.Output.concat("https://", cluster.oidc_issuer),
    client_id_lists=["sts.amazonaws.com"],
    opts=child,
)
pulumi.export("cluster", cluster.eks_cluster.name)
pulumi.export("issuer", cluster.oidc_issuer)
