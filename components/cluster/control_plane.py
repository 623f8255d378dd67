"""The control plane: ``eks.Cluster`` with its role, encryption key, log group and access entries."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from components.cluster.args import GpuClusterArgs
from components.kms import encryption_key
from components.roles import CLUSTER_POLICIES, managed, service_role
from settings.models.account import AssumeRole
from settings.models.cluster import ClusterSettings, PublicApiAccess
from settings.version import VERSION, VERSION_TAG

LOG_TYPES = ("api", "audit", "authenticator")


def control_plane(
    name: str, args: GpuClusterArgs, *, partition: pulumi.Input[str], parent: pulumi.Resource
) -> eks.Cluster:
    """The cluster without nodes, closed where pulumi-eks leaves it open."""
    settings, child = args.cluster, pulumi.ResourceOptions(parent=parent)
    key = encryption_key(f"{name}-secrets", f"Encrypts the Secrets of EKS cluster {args.cluster_name}", child)
    # Made before the cluster: EKS makes it otherwise, and then its logs are kept for ever and outlive the stack.
    logs = aws.cloudwatch.LogGroup(
        f"{name}-control-plane",
        name=f"/aws/eks/{args.cluster_name}/cluster",
        retention_in_days=settings.log_retention_days,
        opts=child,
    )
    role = service_role(
        f"{name}-cluster",
        "eks.amazonaws.com",
        managed(partition, *CLUSTER_POLICIES),
        description="Lets EKS manage the cluster",
        boundary=args.permissions_boundary,
        parent=parent,
    )
    access = settings.api_access
    return eks.Cluster(
        name,
        name=args.cluster_name,
        version=settings.version,
        cluster_tags={VERSION_TAG: VERSION},
        vpc_id=args.vpc_id,
        private_subnet_ids=args.control_subnet_ids,
        node_subnet_ids=list(args.node_subnet_ids.values()),
        service_role=role.role,
        skip_default_node_group=True,
        node_associate_public_ip_address=False,
        authentication_mode=eks.AuthenticationMode.API,
        access_entries=_access_entries(settings.admins, partition),
        endpoint_private_access=True,
        endpoint_public_access=isinstance(access, PublicApiAccess),
        public_access_cidrs=list(access.public_cidrs) if isinstance(access, PublicApiAccess) else None,
        encryption_config_key_arn=key.arn,
        enabled_cluster_log_types=list(LOG_TYPES),
        # Own OIDC provider instead: this option dials the issuer while it deploys.
        create_oidc_provider=False,
        # Without it the API server takes NetworkPolicies and nothing enforces them.
        vpc_cni_options=eks.VpcCniOptionsArgs(
            enable_network_policy=True, addon_version=settings.addon_versions.get("vpc-cni")
        ),
        kube_proxy_addon_options=_kube_proxy(settings),
        upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=settings.support_type),
        deletion_protection=settings.deletion_protection,
        # EKS knows the role that made the cluster, not the credentials that took that role.
        provider_credential_opts=_credentials(args.assume_role),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[logs, *role.permissions]),
    )


def _access_entries(admins: Sequence[str], partition: pulumi.Input[str]) -> dict[str, eks.AccessEntryArgs]:
    arn = pulumi.Output.concat("arn:", partition, ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")
    policy = eks.AccessPolicyAssociationArgs(
        policy_arn=arn, access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster")
    )
    return {
        name: eks.AccessEntryArgs(principal_arn=admin, access_policies={"admin": policy})
        for name, admin in entry_names(admins).items()
    }


def _kube_proxy(settings: ClusterSettings) -> eks.KubeProxyAddonOptionsArgs | None:
    """The version of kube-proxy, if one is pinned; the component takes the newest otherwise."""
    version = settings.addon_versions.get("kube-proxy")
    return eks.KubeProxyAddonOptionsArgs(version=version) if version else None


def _credentials(role: AssumeRole | None) -> eks.KubeconfigOptionsArgs | None:
    return eks.KubeconfigOptionsArgs(role_arn=role.role_arn) if role else None


def entry_names(admins: Sequence[str]) -> dict[str, str]:
    """A stable name for each administrator's access entry: the role's own, with account and path where it must be."""
    forms = [_name_forms(admin) for admin in admins]
    return {
        next(
            (form for place, form in enumerate(own) if [each[place] for each in forms].count(form) == 1), own[-1]
        ): admin
        for own, admin in zip(forms, admins, strict=True)
    }


def _name_forms(admin: str) -> tuple[str, str, str]:
    """A role's name, with its account, and with account and path: ``admin-111111111111-ops``."""
    account, resource = admin.split(":")[4:]
    _, *path, name = resource.split("/")
    return name, f"{name}-{account}", "-".join([name, account, *path])
