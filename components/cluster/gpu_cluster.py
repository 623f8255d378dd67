"""The EKS cluster with its node pools and what every workload in it needs."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from components.cluster.addons import install_add_ons
from components.cluster.addons.addon import NEEDED_BY_DRAINS, NEEDED_BY_RELEASES
from components.cluster.addons.keda.keda import Keda, KedaArgs
from components.cluster.api_access import api_ingress
from components.cluster.args import GpuClusterArgs
from components.cluster.context import ClusterContext
from components.cluster.control_plane import control_plane
from components.cluster.karpenter.karpenter import Karpenter, KarpenterArgs
from components.cluster.node_group import node_groups, scaling_group
from components.cluster.priority import priority_class, service_classes
from components.cluster.token import with_external_id
from components.providers import kubernetes_provider
from components.roles import OidcTrust
from settings.models.cluster import PrivateApiAccess


class GpuCluster(pulumi.ComponentResource):
    """An EKS cluster, private inside, with GPU pools, add-ons and a load balancer controller."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig as JSON text; secret."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of the IAM OIDC provider of the service accounts."""
    oidc_issuer: pulumi.Output[str]
    """The cluster's OIDC issuer, with ``https://``."""
    ready: Sequence[pulumi.Resource]
    """System pool, add-ons, controllers, NodePools and priority classes: every Kubernetes resource depends on them."""
    kubernetes: k8s.Provider
    """Provider of everything in the cluster."""
    scaling_groups: Mapping[str, pulumi.Output[str]]
    """Pool to the Auto Scaling group of its node group."""
    interruption_queue: pulumi.Output[str] | None = None
    """Name of Karpenter's queue of notices; None without Karpenter."""

    def __init__(self, name: str, args: GpuClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cluster ``name``."""
        super().__init__("llm:cluster:GpuCluster", name, None, opts)
        partition = aws.get_partition_output(opts=pulumi.InvokeOptions(parent=self)).partition
        cluster = control_plane(name, args, partition=partition, parent=self)
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
        # The provider connects to the API as soon as it is made.
        self.kubernetes = kubernetes_provider(
            f"{name}-kubernetes", self.kubeconfig, pulumi.ResourceOptions(parent=self, depends_on=ingress)
        )
        context = ClusterContext(
            name=name,
            args=args,
            parent=self,
            cluster=cluster,
            partition=partition,
            trust=OidcTrust(provider_arn=self.oidc_provider_arn, issuer=self.oidc_issuer),
            kubernetes=self.kubernetes,
        )
        groups = node_groups(context)
        self.scaling_groups = {pool: scaling_group(group) for pool, group in groups.items()}
        system = [groups[pool] for pool, facts in args.pool_facts.items() if facts.kind == "system"]
        add_ons = install_add_ons(context, system)
        self.ready = [*system, *add_ons.values(), priority_class(context)]
        if args.service_priorities:
            self.ready += service_classes(context)
        if args.karpenter_pools:
            after = [*system, *(add_ons[key] for key in NEEDED_BY_RELEASES)]
            karpenter = Karpenter(
                context.named("karpenter"),
                KarpenterArgs(context=context, after=after, drains=[add_ons[key] for key in NEEDED_BY_DRAINS]),
                pulumi.ResourceOptions(parent=self),
            )
            self.ready += karpenter.node_pools
            self.interruption_queue = karpenter.interruption_queue
        if args.keda:
            keda = Keda(
                context.named("keda"),
                KedaArgs(context=context, after=[*self.ready]),
                pulumi.ResourceOptions(parent=self, providers=[self.kubernetes]),
            )
            self.ready += [keda]
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "kubeconfig": self.kubeconfig,
                "oidc_provider_arn": self.oidc_provider_arn,
                "oidc_issuer": self.oidc_issuer,
            }
        )
