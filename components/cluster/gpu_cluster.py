"""The EKS cluster with its node pools and what every workload in it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as k8s

from components.cluster.addons import AddonsPlace, eks_addons, kube_proxy_options, load_balancer_controller
from components.cluster.api_access import api_ingress
from components.cluster.device_plugin import device_plugin
from components.cluster.node_group import PoolPlace, node_group
from components.cluster.token import with_external_id
from components.providers import kubernetes_provider
from components.roles import (
    CLUSTER_POLICIES,
    NODE_POLICIES,
    SESSION_MANAGER_POLICY,
    BoundRole,
    OidcTrust,
    managed,
    service_role,
)
from settings.models.account import AssumeRole
from settings.models.cluster import ClusterSettings, PrivateApiAccess, PublicApiAccess
from settings.models.pools import Pool, PoolFacts
from settings.version import VERSION, VERSION_TAG

LOG_TYPES = ("api", "audit", "authenticator")
KEY_DELETION_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class GpuClusterArgs:
    """What :class:`GpuCluster` is made of."""

    cluster: ClusterSettings
    """Version, access to the API, administrators, logs, deletion protection."""
    cluster_name: str
    """Name of the cluster in AWS, which people type."""
    region: str
    """AWS region, such as ``us-east-1``."""
    pools: Mapping[str, Pool]
    """Node pools by name."""
    pool_facts: Mapping[str, PoolFacts]
    """What follows for each pool from what services ask of it, such as the nodes it runs."""
    vpc_id: pulumi.Input[str]
    """VPC of the cluster."""
    network_cidr: str
    """Address range of that VPC, from which the API is reached."""
    control_subnet_ids: pulumi.Input[Sequence[str]]
    """Subnets of the cluster's network interfaces."""
    node_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone letter to node subnet; nodes stand in these only."""
    node_routes: Sequence[pulumi.Resource] = ()
    """What a node needs to reach anything outside."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of instances, volumes and network interfaces."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of Kubernetes objects."""
    permissions_boundary: str | None = None
    """ARN of the IAM policy that bounds every role made here."""
    assume_role: AssumeRole | None = None
    """Role that AWS is called with, so the kubeconfig's tokens are made with it too."""


class GpuCluster(pulumi.ComponentResource):
    """An EKS cluster, private inside, with GPU pools, add-ons and a load balancer controller."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig as JSON text; secret."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of the IAM OIDC provider that vouches for service accounts."""
    oidc_issuer: pulumi.Output[str]
    """The cluster's OIDC issuer, with ``https://``."""
    ready: Sequence[pulumi.Resource]
    """System pool, add-ons and controller: every Kubernetes resource depends on them."""
    kubernetes: k8s.Provider
    """Provider of everything in the cluster."""

    def __init__(self, name: str, args: GpuClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster ``name``."""
        super().__init__("llm:cluster:GpuCluster", name, None, opts)
        self._prefix, self._args = name, args
        self._partition = aws.get_partition_output(opts=pulumi.InvokeOptions(parent=self)).partition

        cluster = self._cluster()
        self.cluster_name = pulumi.Output.from_input(args.cluster_name)
        self.kubeconfig = pulumi.Output.secret(with_external_id(cluster.kubeconfig_json, args.assume_role))
        self.oidc_issuer = pulumi.Output.concat("https://", cluster.oidc_issuer)
        self.oidc_provider_arn = aws.iam.OpenIdConnectProvider(
            name, url=self.oidc_issuer, client_id_lists=["sts.amazonaws.com"], opts=pulumi.ResourceOptions(parent=self)
        ).arn
        access = args.cluster.api_access
        ingress = api_ingress(
            name,
            security_group_id=cluster.cluster_security_group_id,
            network_cidr=args.network_cidr,
            cidrs=access.from_cidrs if isinstance(access, PrivateApiAccess) else (),
            parent=self,
        )
        # The provider dials the API as soon as it stands.
        self.kubernetes = kubernetes_provider(
            f"{name}-kubernetes", self.kubeconfig, pulumi.ResourceOptions(parent=self, depends_on=ingress)
        )
        groups = self._node_groups(cluster)
        self.ready = self._add_ons(
            cluster, [groups[pool] for pool, facts in args.pool_facts.items() if facts.kind == "system"]
        )
        if any(facts.kind == "gpu" for facts in args.pool_facts.values()):
            device_plugin(name, args.labels, parent=self, provider=self.kubernetes, ready=self.ready)
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "kubeconfig": self.kubeconfig,
                "oidc_provider_arn": self.oidc_provider_arn,
                "oidc_issuer": self.oidc_issuer,
            }
        )

    def _cluster(self) -> eks.Cluster:
        settings, child = self._args.cluster, pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            f"{self._prefix}-secrets",
            description=f"Encrypts the Secrets of EKS cluster {self._args.cluster_name}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            opts=child,
        )
        # Made before the cluster: EKS makes it otherwise, and then its logs are kept for ever and outlive the stack.
        logs = aws.cloudwatch.LogGroup(
            f"{self._prefix}-control-plane",
            name=f"/aws/eks/{self._args.cluster_name}/cluster",
            retention_in_days=settings.log_retention_days,
            opts=child,
        )
        role = self._role("cluster", "eks.amazonaws.com", CLUSTER_POLICIES, "Lets EKS manage the cluster")
        access = settings.api_access
        public = isinstance(access, PublicApiAccess)
        return eks.Cluster(
            self._prefix,
            name=self._args.cluster_name,
            version=settings.version,
            cluster_tags={VERSION_TAG: VERSION},
            vpc_id=self._args.vpc_id,
            private_subnet_ids=self._args.control_subnet_ids,
            node_subnet_ids=list(self._args.node_subnet_ids.values()),
            service_role=role.role,
            skip_default_node_group=True,
            node_associate_public_ip_address=False,
            authentication_mode=eks.AuthenticationMode.API,
            access_entries=self._access_entries(),
            endpoint_private_access=True,
            endpoint_public_access=public,
            public_access_cidrs=list(access.public_cidrs) if isinstance(access, PublicApiAccess) else None,
            encryption_config_key_arn=key.arn,
            enabled_cluster_log_types=list(LOG_TYPES),
            # Own OIDC provider instead: this option dials the issuer while it deploys.
            create_oidc_provider=False,
            # Without it the API server takes NetworkPolicies and nothing enforces them.
            vpc_cni_options=eks.VpcCniOptionsArgs(
                enable_network_policy=True, addon_version=settings.addon_versions.get("vpc-cni")
            ),
            kube_proxy_addon_options=kube_proxy_options(settings),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=settings.support_type),
            deletion_protection=settings.deletion_protection,
            # EKS knows the role that made the cluster, not the credentials that took that role.
            provider_credential_opts=_credentials(self._args.assume_role),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, *role.permissions]),
        )

    def _access_entries(self) -> dict[str, eks.AccessEntryArgs]:
        arn = pulumi.Output.concat(
            "arn:", self._partition, ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        )
        policy = eks.AccessPolicyAssociationArgs(
            policy_arn=arn, access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster")
        )
        return {
            name: eks.AccessEntryArgs(principal_arn=admin, access_policies={"admin": policy})
            for name, admin in entry_names(self._args.cluster.admins).items()
        }

    def _node_groups(self, cluster: eks.Cluster) -> dict[str, eks.ManagedNodeGroup]:
        settings = self._args.cluster
        policies = (*NODE_POLICIES, *((SESSION_MANAGER_POLICY,) if settings.session_manager else ()))
        place = PoolPlace(
            cluster=cluster,
            settings=settings,
            role=self._role("nodes", "ec2.amazonaws.com", policies, "Nodes of the cluster"),
            subnets=self._args.node_subnet_ids,
            routes=self._args.node_routes,
            tags=self._args.tags,
            parent=self,
            prefix=self._prefix,
        )
        return {
            name: node_group(name, pool, self._args.pool_facts[name].desired, place)
            for name, pool in self._args.pools.items()
        }

    def _add_ons(self, cluster: eks.Cluster, system: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        place = AddonsPlace(
            prefix=self._prefix,
            parent=self,
            cluster=cluster,
            trust=OidcTrust(provider_arn=self.oidc_provider_arn, issuer=self.oidc_issuer),
            partition=self._partition,
            boundary=self._args.permissions_boundary,
            after=system,
            settings=self._args.cluster,
        )
        addons = eks_addons(place)
        controller = load_balancer_controller(
            place,
            after=addons,
            cluster_name=self.cluster_name,
            region=self._args.region,
            vpc_id=self._args.vpc_id,
            provider=self.kubernetes,
        )
        return [*system, *addons, controller]

    def _role(self, role: str, service: str, policies: Sequence[str], description: str) -> BoundRole:
        return service_role(
            f"{self._prefix}-{role}",
            service,
            managed(self._partition, *policies),
            description=description,
            boundary=self._args.permissions_boundary,
            parent=self,
        )


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
