"""A cluster with API authentication, a system and a GPU node group with the component's launch templates, two add-ons."""

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

key = aws.kms.Key("secrets")
cluster = eks.Cluster(
    "llm",
    name="llm-cluster",
    version="1.34",
    vpc_id="vpc-1",
    private_subnet_ids=["subnet-a", "subnet-b"],
    public_subnet_ids=["subnet-c", "subnet-d"],
    skip_default_node_group=True,
    authentication_mode=eks.AuthenticationMode.API,
    endpoint_private_access=True,
    endpoint_public_access=True,
    public_access_cidrs=["203.0.113.0/24"],
    enabled_cluster_log_types=["api", "audit", "authenticator"],
    encryption_config_key_arn=key.arn,
    node_associate_public_ip_address=False,
    create_oidc_provider=False,
    tags={"Team": "ml"},
    access_entries={
        "admins": eks.AccessEntryArgs(
            principal_arn="arn:aws:iam::123456789012:role/admin",
            access_policies={
                "admin": eks.AccessPolicyAssociationArgs(
                    access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                    policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                )
            },
        )
    },
)
role = aws.iam.Role("nodes", assume_role_policy="{}")
eks.ManagedNodeGroup(
    "system",
    cluster=cluster,
    node_role=role,
    instance_types=["m5.xlarge"],
    scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=2, max_size=4, desired_size=2),
    subnet_ids=["subnet-a", "subnet-b"],
    labels={"role": "system"},
    operating_system=eks.OperatingSystem.AL2023,
    enable_imd_sv2=True,
    disk_size=80,
)
eks.ManagedNodeGroup(
    "gpu-g5",
    cluster=cluster,
    node_role=role,
    instance_types=["g5.2xlarge"],
    gpu=True,
    capacity_type="SPOT",
    scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=0, max_size=4, desired_size=1),
    subnet_ids=["subnet-a"],
    labels={"accelerator": "nvidia"},
    taints=[aws.eks.NodeGroupTaintArgs(key="nvidia.com/gpu", value="present", effect="NO_SCHEDULE")],
    operating_system=eks.OperatingSystem.AL2023,
    enable_imd_sv2=True,
    disk_size=200,
    ignore_scaling_changes=True,
)
eks.Addon(
    "ebs",
    cluster=cluster,
    addon_name="aws-ebs-csi-driver",
    configuration_values={"controller": {"replicaCount": 1}},
)
eks.Addon("podid", cluster=cluster, addon_name="eks-pod-identity-agent")
pulumi.export("kubeconfig", cluster.kubeconfig_json)
pulumi.export("sg", cluster.cluster_security_group_id)
pulumi.export("nsg", cluster.node_security_group_id)
pulumi.export("oidc", cluster.oidc_issuer)
pulumi.export("cluster_name", cluster.eks_cluster.name)
